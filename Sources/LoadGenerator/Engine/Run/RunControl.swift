internal import Synchronization

/// State that the threads of one run share while it lasts.
final class RunControl: Sendable {
    private let interrupted = Atomic<Bool>(false)
    private let leaderIndex = Atomic<Int>(-1)
    private let leaderWanted = Atomic<Bool>(false)

    var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }

    func interrupt() { interrupted.store(true, ordering: .relaxed) }

    /// The leader's place among the endpoints; nil while it is not known.
    var leader: Int? {
        get {
            let index = leaderIndex.load(ordering: .relaxed)
            return index < 0 ? nil : index
        }
        set { leaderIndex.store(newValue ?? -1, ordering: .relaxed) }
    }

    /// Asks for a search for the leader before the next regular one.
    func wantLeader() { leaderWanted.store(true, ordering: .relaxed) }

    /// Whether a search was asked for since the last call.
    func takeLeaderWanted() -> Bool {
        leaderWanted.load(ordering: .relaxed) && leaderWanted.exchange(false, ordering: .relaxed)
    }
}
