internal import Synchronization

/// The connections of all loops.
final class ConnectionCount: Sendable {
    private let count = Atomic(0)

    /// False, with nothing counted, if there are `limit` already.
    func increase(upTo limit: Int) -> Bool {
        guard count.add(1, ordering: .relaxed).newValue <= limit else {
            decrease()
            return false
        }
        return true
    }

    func decrease() { count.subtract(1, ordering: .relaxed) }
}
