package struct WeightedOperation: Sendable, Equatable {
    package var kind: OperationKind
    package var weight: Double

    package init(_ kind: OperationKind, weight: Double) {
        self.kind = kind
        self.weight = weight
    }
}
