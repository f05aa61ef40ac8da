internal import Synchronization

/// State that the threads of one run share while it lasts.
final class RunControl: Sendable {
    private let interrupted = Atomic<Bool>(false)
    private let leaderIndex = Atomic<Int>(-1)
    private let leaderWanted = Atomic<Bool>(false)
    private let refusalOfServer = Mutex<LoadError?>(nil)

    var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }

    func interrupt() { interrupted.store(true, ordering: .relaxed) }

    /// Why the run was given up; nil if it was not.
    var refusal: LoadError? { refusalOfServer.withLock { $0 } }

    /// Ends the run without a result. The first reason counts.
    func giveUp(_ error: LoadError) {
        refusalOfServer.withLock { if $0 == nil { $0 = error } }
        interrupt()
    }

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
