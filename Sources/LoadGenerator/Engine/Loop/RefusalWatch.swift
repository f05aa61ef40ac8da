/// Notices that a kind of operation is always refused for a reason that no repetition can mend, such as a value above
/// the limit of the server, or a server of another kind. One per event loop; an array access for each answer.
struct RefusalWatch {
    /// By `OperationKind.position`: the refusals so far, or nil once an operation of the kind has succeeded.
    private var counts: [Int?] = Array(repeating: 0, count: OperationKind.allCases.count)

    /// Returns the reason once there is no use in going on.
    mutating func note(_ kind: OperationKind, _ verdict: Verdict) -> FailureReason? {
        guard let count = counts[kind.position] else { return nil }
        switch verdict {
        case .succeeded:
            counts[kind.position] = nil
            return nil
        case .failed(let reason, _):
            guard reason.isFinal else { return nil }
            counts[kind.position] = count + 1
            return count + 1 >= EngineLimits.refusalsMax ? reason : nil
        }
    }
}
