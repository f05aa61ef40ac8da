internal import Synchronization

/// Checks that the property of one thread is never used by two threads at once. It blocks nobody: overlapping use is a
/// programmer error and stops the process.
struct Confinement: ~Copyable {
    private let isInUse = Atomic<Bool>(false)

    /// Call before the first use, and `leave` after the last. `owned` names the confined object.
    func enter(_ owned: StaticString) {
        precondition(!isInUse.exchange(true, ordering: .acquiring), "two threads use \(owned) at once")
    }

    func leave() { isInUse.store(false, ordering: .releasing) }
}
