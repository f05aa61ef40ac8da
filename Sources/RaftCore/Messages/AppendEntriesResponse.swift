package struct AppendEntriesResponse: Hashable, Sendable {
    package enum Result: Hashable, Sendable {
        /// Everything up to here is durable at the follower and matches the leader's log.
        case matched(LogID)
        /// The follower has no entry `rejected`, or one of another term. `hint` is the follower's last entry at or
        /// below `rejected.index` that may match: the leader skips a whole term at a time (paper 5.3, last paragraph).
        case conflict(rejected: LogID, hint: LogID)
    }

    package var result: Result
    /// The highest `readRound` that the follower has seen from this leader in this term.
    package var readRound: UInt64
    /// The `sequence` of the latest request from this leader that was processed before this answer.
    package var sequence: UInt64

    package init(result: Result, readRound: UInt64, sequence: UInt64) {
        self.result = result
        self.readRound = readRound
        self.sequence = sequence
    }
}
