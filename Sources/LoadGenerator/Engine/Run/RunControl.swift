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

/// Values that all event loops of a run share.
struct RunSetup: Sendable {
    let plan: LoadPlan
    let pool: ValuePool
    let keys: SharedKeys
    let control: RunControl
    let board: RunBoard
    /// Part of the marks in values, which only verified runs have.
    let runID: UInt64
    /// Made before the loops, since some patterns take milliseconds to prepare.
    let picker: KeyPicker
    let timeout: UInt64
    let loopCount: Int

    var followsLeader: Bool { plan.spread == .leader }

    /// How many keys the connection owns in a verified run, or fills.
    func ownedKeyCount(connection: Int) -> Int {
        max(0, (plan.keyCount - connection + plan.connections - 1) / plan.connections)
    }
}
