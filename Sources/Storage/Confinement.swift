internal import Synchronization

/// Checks that what one thread owns is never used by two at once. It blocks nobody: overlapping use is a programmer
/// error and stops the process.
struct Confinement: ~Copyable {
    private let isInUse = Atomic<Bool>(false)

    /// Due before the first use of a call, paired with `leave`. `owned` names what is confined.
    func enter(_ owned: StaticString) {
        precondition(!isInUse.exchange(true, ordering: .acquiring), "two threads use \(owned) at once")
    }

    func leave() { isInUse.store(false, ordering: .releasing) }
}
