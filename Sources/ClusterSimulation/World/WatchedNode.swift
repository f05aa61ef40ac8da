internal import RaftCore

/// What the world and the rules need to know of a node, whatever runs on it.
protocol WatchedNode: AnyObject {
    var number: Int { get }
    var id: NodeID { get }
    /// The number of starts so far.
    var life: UInt32 { get }
    /// Everything takes this many times as long.
    var slowness: UInt64 { get set }
    /// The time of the simulation until which the process stands still.
    var pausedUntil: UInt64 { get set }
    /// It has failed for good, and stays down.
    var isOutOfService: Bool { get }
    var running: (any WatchedProcess)? { get }

    /// Its disk must have this. Where a snapshot took the place of entries, it counts for the entries that it stands
    /// for.
    var durableHardState: HardState { get }
    var durableLast: LogID { get }
    func durableTerm(at index: LogIndex) -> Term?
}
