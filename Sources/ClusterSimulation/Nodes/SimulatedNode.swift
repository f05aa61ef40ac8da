internal import HotPath
internal import RaftCore

/// One node: what outlives its processes, and the process that runs now.
final class SimulatedNode: WatchedNode {
    let number: Int
    let id: NodeID
    let disk = NodeDisk()
    var process: SimulatedProcess?
    /// The number of starts so far.
    var life: UInt32 = 0
    /// Parts per million by which its clock is too fast.
    var drift: Int64 = 0

    /// The highest feature level that its release knows.
    var featureLevel = FeatureLevel.release
    /// Its log has an entry that its release does not know: it stays down until it is of a later one.
    var awaitsUpgrade = false
    /// The last entry that it was sent and did not know; nil once it has that or another one in its place.
    var unknownEntry: LogIndex?

    // MARK: Faults that last

    /// Times of the simulation until which the process stands still, and its disk, its apply thread and its reads hang.
    var pausedUntil: UInt64 = 0
    var diskHangsUntil: UInt64 = 0
    var applyHangsUntil: UInt64 = 0
    var readsHangUntil: UInt64 = 0
    /// Everything takes this many times as long.
    var slowness: UInt64 = 1
    /// For how many milliseconds the node is down once its disk has ended the process.
    var downtimeOfFailure = 100
    /// At the next start the power fails again, in this call that changes the disk.
    var callsOfNextStart: Int?

    /// When it next installs a snapshot, the power fails in this call that changes the disk.
    var callsOfNextInstallation: Int?

    /// Something on its disk is not as it was written, or was not.
    var isDamaged = false
    /// Its data hold what no entry has written.
    var isRotten = false
    /// They did so at any time.
    var wasRotten = false
    /// Its store has found the damage. It stays down, until somebody replaced it.
    var isOutOfService = false

    // MARK: Remembered by the checks

    /// The last entry that the state machine had applied in any earlier process.
    var appliedBefore = LogIndex.zero
    /// Copies of the disk at earlier times, oldest first.
    var olderDisks: [NodeDisk.Copy] = []

    init(number: Int) {
        self.number = number
        id = NodeID(String(UnicodeScalar(UInt8(ascii: "a") + UInt8(number))))
    }

    var isRunning: Bool { process != nil }
    var running: (any WatchedProcess)? { process }

    // MARK: Durable state

    var durableHardState: HardState { disk.record.hardState }
    var durableLast: LogID { disk.record.lastLogID }
    func durableTerm(at index: LogIndex) -> Term? { disk.record.term(at: index) }
}
