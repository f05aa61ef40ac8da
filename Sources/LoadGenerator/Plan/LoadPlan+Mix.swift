extension LoadPlan {
    /// Whether an operation of this kind occurs.
    func uses(_ matches: (OperationKind) -> Bool) -> Bool { mix.contains { $0.weight > 0 && matches($0.kind) } }

    /// Operations that can be under way at the same time.
    var writesInFlightMax: Int { connections * pipeline * (uses { $0 == .batch } ? max(batchSize, 1) : 1) }
}
