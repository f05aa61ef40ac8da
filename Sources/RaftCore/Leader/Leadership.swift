/// What a server knows only while it leads. It lives in an optional of `Raft` and is changed in place.
struct Leadership: Sendable {
    /// The index of the no-op that opened the term: entries from here on are of the leader's own term.
    let termStart: LogIndex
    let startedAt: Instant
    /// The other members, in the order of the configuration.
    var progress: [Progress]
    /// No request to a member that has been removed had a higher sequence number.
    var sequenceFloor: UInt64 = 0
    /// Whether the leader counts in its own configuration; not while its own removal is on the way.
    var isVoter: Bool
    /// Size of the entries of this term that are not committed, in bytes.
    var uncommittedBytes = 0
    var heartbeatDeadline: Instant
    var isHeartbeatDue = false
    var reads = PendingReads()
    var transfer: LeadershipTransfer?
    /// The leader's own removal is committed: it steps down once the commit index is sent.
    var isSteppingDown = false
    /// Storage for computing the commit index without an allocation.
    private var scratch: [LogIndex] = []

    init(termStart: LogIndex, startedAt: Instant, progress: [Progress], isVoter: Bool, heartbeatDeadline: Instant) {
        self.termStart = termStart
        self.startedAt = startedAt
        self.progress = progress
        self.isVoter = isVoter
        self.heartbeatDeadline = heartbeatDeadline
    }

    func position(of id: NodeID) -> Int? {
        for position in progress.indices where progress[position].id == id { return position }
        return nil
    }

    /// The smallest number of voters that form a majority.
    var quorum: Int {
        var voters = isVoter ? 1 : 0
        for position in progress.indices where progress[position].isVoter { voters += 1 }
        return voters / 2 + 1
    }

    /// The highest index that a majority of the voters holds durably. Thesis 10.2.1: "the leader uses its own match
    /// index to indicate the latest entry to have been durably written to its disk."
    mutating func quorumMatchIndex(flushed: LogIndex) -> LogIndex {
        scratch.removeAll(keepingCapacity: true)
        if isVoter { scratch.append(flushed) }
        for position in progress.indices where progress[position].isVoter {
            scratch.append(progress[position].matchIndex)
        }
        return Quorum.reached(&scratch)
    }

    /// Whether a majority of the voters, the leader included, has answered the ReadIndex round.
    func isConfirmed(readRound: UInt64) -> Bool {
        var confirmations = isVoter ? 1 : 0
        for position in progress.indices
        where progress[position].isVoter && progress[position].confirmedReadRound >= readRound { confirmations += 1 }
        return confirmations >= quorum
    }

    /// Whether a majority of the voters, the leader included, has answered within `nanoseconds` before `now`.
    func hearsFromQuorum(within nanoseconds: UInt64, now: Instant) -> Bool {
        var active = isVoter ? 1 : 0
        for position in progress.indices where progress[position].isVoter {
            let heard = max(progress[position].lastResponse ?? startedAt, startedAt)
            if now.nanoseconds(since: heard) <= nanoseconds { active += 1 }
        }
        return active >= quorum
    }
}
