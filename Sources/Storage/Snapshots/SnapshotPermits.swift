internal import NIOConcurrencyHelpers

/// Bounds how many snapshots of a store exist at a time. Any thread.
final class SnapshotPermits: Sendable {
    /// Given back with its last reference.
    final class Permit: Sendable {
        private let permits: SnapshotPermits

        fileprivate init(of permits: SnapshotPermits) { self.permits = permits }

        deinit { permits.left.withLockedValue { $0 += 1 } }
    }

    private let left = NIOLockedValueBox(StoredSnapshot.countMax)

    /// Nil if all are given out.
    func take() -> Permit? {
        left.withLockedValue { left in
            guard left > 0 else { return nil }
            left -= 1
            return Permit(of: self)
        }
    }
}
