/// The answers that a follower owes the leader of its term. They are collected over a turn and given at its
/// end, so that many requests, or a flush that covers them, make one answer.
struct Acknowledgement: Sendable {
    struct Conflict: Hashable, Sendable {
        var rejected: LogID
        var hint: LogID
        var sequence: UInt64
    }

    /// The last entry known to match the leader's log. Starts at the commit index, because "if a log entry is committed
    /// in a given term, then that entry will be present in the logs of the leaders for all higher-numbered terms"
    /// (paper, figure 3).
    var verified: LogIndex
    /// The highest ReadIndex round among the leader's requests.
    var readRound: UInt64 = 0
    /// The highest sequence number among them.
    var sequence: UInt64 = 0

    /// A `matched` answer goes out when the turn ends.
    var isDue = false
    /// A `conflict` answer goes out when the turn ends.
    var conflict: Conflict?

    /// The last entry that the latest answer vouched for.
    var reported: LogIndex
    var reportedReadRound: UInt64 = 0
    var reportedAt: Instant

    init(verified: LogIndex, now: Instant) {
        self.verified = verified
        self.reported = verified
        self.reportedAt = now
    }

    /// Notes a conflict; of several in a turn only that with the latest request is reported.
    mutating func note(_ new: Conflict) {
        if let conflict, conflict.sequence > new.sequence { return }
        conflict = new
    }
}
