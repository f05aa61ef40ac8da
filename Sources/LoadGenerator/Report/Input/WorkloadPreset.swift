/// A workload with a name: one operation alone, or one of the core workloads of YCSB.
///
/// YCSB's workload E is left out, because the load generator does not scan.
enum WorkloadPreset: String, Sendable, CaseIterable {
    case put
    case get
    case delete
    case batch
    case compareAndSet = "cas"
    /// Update heavy: a session store.
    case ycsbA = "a"
    /// Read mostly: tags of photos.
    case ycsbB = "b"
    /// Read only: a cache of profiles.
    case ycsbC = "c"
    /// Read latest: status updates.
    case ycsbD = "d"
    /// Read, modify, write: a user database.
    case ycsbF = "f"

    /// The constant of YCSB's generator.
    static let zipfianTheta = 0.99

    var mix: [WeightedOperation] {
        switch self {
        case .put: [WeightedOperation(.put, weight: 1)]
        case .get: [WeightedOperation(.get, weight: 1)]
        case .delete: [WeightedOperation(.delete, weight: 1)]
        case .batch: [WeightedOperation(.batch, weight: 1)]
        case .compareAndSet: [WeightedOperation(.compareAndSet, weight: 1)]
        case .ycsbA: [WeightedOperation(.get, weight: 50), WeightedOperation(.put, weight: 50)]
        case .ycsbB: [WeightedOperation(.get, weight: 95), WeightedOperation(.put, weight: 5)]
        case .ycsbC: [WeightedOperation(.get, weight: 100)]
        case .ycsbD: [WeightedOperation(.get, weight: 95), WeightedOperation(.insert, weight: 5)]
        case .ycsbF: [WeightedOperation(.get, weight: 50), WeightedOperation(.readModifyWrite, weight: 50)]
        }
    }

    var keys: KeyPattern {
        switch self {
        case .put, .get, .delete, .batch, .compareAndSet: .uniform
        case .ycsbA, .ycsbB, .ycsbC, .ycsbF: .zipfian(theta: Self.zipfianTheta)
        case .ycsbD: .latest
        }
    }
}
