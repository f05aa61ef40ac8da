/// The values that the requests of one leader in one turn share.
struct ReplicationTurn {
    let leader: NodeID
    let term: Term
    let commitIndex: LogIndex
    /// The latest ReadIndex round opened.
    let readRound: UInt64
    /// The first entry that requests can be cut from.
    let memoryStart: LogIndex
    let isHeartbeatDue: Bool
    let now: Instant
    let settings: RaftSettings
}
