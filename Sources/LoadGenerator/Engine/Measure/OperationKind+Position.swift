extension OperationKind {
    /// The position in `allCases`.
    var position: Int {
        switch self {
        case .get: 0
        case .put: 1
        case .delete: 2
        case .batch: 3
        case .compareAndSet: 4
        case .insert: 5
        case .readModifyWrite: 6
        }
    }
}
