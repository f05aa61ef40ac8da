/// The part of a server's state that exists only while it leads. It lives in an optional of `Raft` and is changed in
/// place.
///
/// The other members are named by their ids here; whoever is none is passed over, because its answer may be older than
/// its removal.
struct Leadership: Sendable {
    /// The effect of an answer to an AppendEntriesRequest.
    enum Answer: Hashable, Sendable {
        /// It counts for nothing: of no member, to no request that was sent, or at odds with the leader's log.
        case disregarded
        /// The follower is alive and a round may be confirmed, but its match is as before.
        case heard
        /// The follower holds more than was known.
        case matchedMore
        /// The same, and it holds again what it had lost.
        case repaired(acknowledged: LogIndex)
        /// The follower has lost what it had acknowledged, and holds at most what it `has`.
        case lostData(acknowledged: LogIndex, has: LogIndex)
    }

    /// The index of the no-op that opened the term: entries from here on are of the leader's own term.
    let termStart: LogIndex
    let startedAt: Instant
    /// The other members, in the order of the configuration.
    private(set) var progress: [Progress]
    /// No request to a member that has been removed had a higher sequence number.
    private var sequenceFloor: UInt64 = 0
    /// Whether the leader counts in its own configuration; not while its own removal is on the way.
    private(set) var isVoter: Bool
    /// Size of the entries of this term that are not committed, in bytes.
    var uncommittedBytes = 0
    private var heartbeatDeadline: Instant
    private var isHeartbeatDue = false
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

    // MARK: Majorities

    /// The smallest number of voters that form a majority.
    var quorum: Int {
        var voters = isVoter ? 1 : 0
        for position in progress.indices where progress[position].isVoter { voters += 1 }
        return Quorum.size(voterCount: voters)
    }

    /// The highest index that a majority of the voters holds durably. Thesis 10.2.1: "the leader uses its own match
    /// index to indicate the latest entry to have been durably written to its disk."
    mutating func quorumMatchIndex(flushed: LogIndex, countsLearners: Bool = false) -> LogIndex {
        scratch.removeAll(keepingCapacity: true)
        if isVoter { scratch.append(flushed) }
        for position in progress.indices where progress[position].isVoter || countsLearners {
            scratch.append(progress[position].countedMatchIndex)
        }
        return Quorum.reached(&scratch)
    }

    /// Whether a majority of the voters, the leader included, has answered the ReadIndex round. A voter that lost data
    /// may have forgotten another leader, so it confirms nothing.
    func isConfirmed(readRound: UInt64) -> Bool {
        var confirmations = isVoter ? 1 : 0
        for position in progress.indices
        where progress[position].isVoter && progress[position].lostThrough == nil
            && progress[position].confirmedReadRound >= readRound
        { confirmations += 1 }
        return confirmations >= quorum
    }

    /// Whether a majority of the voters, the leader included, has answered within `nanoseconds` before `now`. Also one
    /// that lost data: it helps to commit nothing and confirms no read, but only a leader repairs it.
    func hearsFromQuorum(within nanoseconds: UInt64, now: Instant) -> Bool {
        var active = isVoter ? 1 : 0
        for position in progress.indices where progress[position].isVoter {
            let heard = max(progress[position].lastResponse ?? startedAt, startedAt)
            if now.nanoseconds(since: heard) <= nanoseconds { active += 1 }
        }
        return active >= quorum
    }

    /// Whether the other voters could elect one of them and commit without this leader, whose own disk is stuck after
    /// `flushed`: a majority has answered within `nanoseconds` before `now`, has lost nothing, and holds more than
    /// `flushed` durably, which shows that their disks work. Without entries after `flushed`, up to `last`, there is
    /// nothing that could show it. Neither can a member that waits for entries from that same disk; its own is presumed
    /// to work once that of another member does.
    func couldBeReplaced(flushed: LogIndex, last: LogIndex, within nanoseconds: UInt64, now: Instant) -> Bool {
        var shown = 0
        var presumed = 0
        for position in progress.indices where progress[position].isVoter {
            guard progress[position].lostThrough == nil,
                progress[position].isRecentlyActive(within: nanoseconds, now: now)
            else { continue }
            if progress[position].matchIndex > flushed || last == flushed {
                shown += 1
            } else if progress[position].isWaitingForDisk {
                presumed += 1
            }
        }
        return shown > 0 && shown + presumed >= quorum
    }

    // MARK: Time

    /// When the leader next has something to do. Nothing is timed for a leader without followers.
    var deadline: Instant? {
        if progress.isEmpty { return nil }
        guard let transfer else { return heartbeatDeadline }
        return min(heartbeatDeadline, transfer.deadline)
    }

    func isHeartbeatOverdue(at now: Instant) -> Bool { now >= heartbeatDeadline }

    /// The next requests are heartbeats, and the next heartbeats are due at `next`.
    mutating func beat(next: Instant) {
        isHeartbeatDue = true
        heartbeatDeadline = next
    }

    // MARK: Followers

    /// The progress of one member, as a copy: for questions that are asked rarely.
    func progress(of follower: NodeID) -> Progress? { position(of: follower).map { progress[$0] } }

    private func position(of follower: NodeID) -> Int? {
        for position in progress.indices where progress[position].id == follower { return position }
        return nil
    }

    func followerProgress(activeWithin nanoseconds: UInt64, now: Instant) -> [FollowerProgress] {
        var result: [FollowerProgress] = []
        result.reserveCapacity(progress.count)
        for position in progress.indices {
            result.append(
                FollowerProgress(
                    id: progress[position].id, state: progress[position].state,
                    matchIndex: progress[position].matchIndex, nextIndex: progress[position].nextIndex,
                    isRecentlyActive: progress[position].lostThrough == nil
                        && progress[position].isRecentlyActive(within: nanoseconds, now: now),
                    heardAt: max(progress[position].lastResponse ?? startedAt, startedAt),
                    lostThrough: progress[position].lostThrough?.index, hasLostData: progress[position].hasLostData))
        }
        return result
    }

    /// The most up-to-date voter that has not lost data, preferably one that answers.
    func bestSuccessor(activeWithin nanoseconds: UInt64, now: Instant) -> NodeID? {
        var best: Int?
        for position in progress.indices where progress[position].isVoter && progress[position].lostThrough == nil {
            guard let known = best else {
                best = position
                continue
            }
            let isActive = progress[position].isRecentlyActive(within: nanoseconds, now: now)
            let isBetter =
                isActive == progress[known].isRecentlyActive(within: nanoseconds, now: now)
                ? progress[position].matchIndex > progress[known].matchIndex : isActive
            if isBetter { best = position }
        }
        return best.map { progress[$0].id }
    }

    /// Sends to every follower what became due in the turn.
    mutating func sendAppendEntries(
        as leader: NodeID, term: Term, commitIndex: LogIndex, log: borrowing RaftLog, memoryStart: LogIndex,
        settings: RaftSettings, now: Instant, into effects: inout Effects
    ) {
        let turn = ReplicationTurn(
            leader: leader, term: term, commitIndex: commitIndex, readRound: reads.round, memoryStart: memoryStart,
            isHeartbeatDue: isHeartbeatDue, now: now, settings: settings)
        for position in progress.indices { progress[position].send(turn, log: log, into: &effects) }
        isHeartbeatDue = false
    }

    /// Takes in an answer. It may be old, repeated or out of order: nothing that it says can lower what is known, and
    /// it counts only if it agrees with the leader's own log.
    mutating func note(
        _ response: AppendEntriesResponse, from follower: NodeID, log: borrowing RaftLog, now: Instant
    ) -> Answer {
        guard let position = position(of: follower), progress[position].expects(sequence: response.sequence),
            response.readRound <= reads.round
        else { return .disregarded }
        // A follower of this leader can match only an entry that the leader holds.
        if case .matched(let last) = response.result, !log.agrees(with: last) { return .disregarded }
        progress[position].didAnswer(at: now)
        progress[position].confirm(readRound: response.readRound)
        switch response.result {
        case .matched(let last):
            let lost = progress[position].lostThrough
            guard progress[position].didMatch(last.index, compacted: log.compacted.index) else { return .heard }
            guard let lost, progress[position].lostThrough == nil else { return .matchedMore }
            return .repaired(acknowledged: lost.index)
        case .conflict(let rejected, let hint):
            // §5.3: "After a rejection, the leader decrements nextIndex and retries the AppendEntries RPC." Of the
            // leader's entries up to the hint, those of a later term than the hint's cannot match either.
            let candidate = log.lastID(atOrBelow: hint.index, termAtMost: hint.term)
            let parted = min(candidate.index, hint.index)
            if progress[position].provesLoss(rejected: rejected.index, sequence: response.sequence) {
                let match = progress[position].matchIndex
                // A match that has left the log was followed by entries up to the compaction point.
                let acknowledged = log.term(at: match).map { LogID(index: match, term: $0) } ?? log.compacted
                progress[position].didLoseData(through: acknowledged, candidate: parted)
                if transfer?.target == follower { transfer = nil }
                return .lostData(acknowledged: match, has: parted)
            }
            progress[position].didConflict(
                rejected: rejected.index, candidate: parted, sequence: response.sequence)
            return .heard
        }
    }

    mutating func didAnswer(_ follower: NodeID, at now: Instant) {
        if let position = position(of: follower) { progress[position].didAnswer(at: now) }
    }

    /// A follower has installed a snapshot whose last entry is `lastIncluded`, which is committed. The answer of one
    /// that lost data may be older than the loss; its next answer to a request says the same.
    mutating func didInstall(_ lastIncluded: LogIndex, at follower: NodeID, compacted: LogIndex) {
        if let position = position(of: follower), progress[position].lostThrough == nil {
            progress[position].didMatch(lastIncluded, compacted: compacted)
        }
    }

    /// The snapshot for a follower was delivered or could not be; `next` is the next entry to send, at the earliest.
    mutating func didSendSnapshot(to follower: NodeID, next: LogIndex) {
        guard let position = position(of: follower), progress[position].state == .snapshot else { return }
        // If delivered, the follower is busy installing; if not, trying again at once would only spin. Either way the
        // next heartbeat continues.
        progress[position].becomeProbe(next: next, isPaused: true)
    }

    /// A follower's connection closed: what was in flight may be lost.
    mutating func didDisconnect(_ follower: NodeID, keepsRead: Bool = false) {
        guard let position = position(of: follower) else { return }
        if transfer?.target == follower { transfer = nil }
        progress[position].didDisconnect(keepsRead: keepsRead)
    }

    /// Entries for a follower have been read from disk.
    mutating func didRead(_ asked: LogRange, count: Int, bytes: Int, for follower: NodeID) {
        if let position = position(of: follower) { progress[position].didRead(asked, count: count, bytes: bytes) }
    }

    /// Keeps what is known of members that stay, and starts afresh with those that are new.
    mutating func revise(
        for configuration: Configuration, leader: NodeID, isVoter: Bool, nextIndex: LogIndex, settings: RaftSettings
    ) {
        // A member that was removed in this term and is back has seen higher numbers than its new progress would start
        // with, and a late answer from before must not pass for a new one.
        for position in progress.indices { sequenceFloor = max(sequenceFloor, progress[position].sequence) }
        var revised: [Progress] = []
        for member in configuration.members where member.id != leader {
            let isVoter = member.role == .voter
            if let position = position(of: member.id) {
                progress[position].isVoter = isVoter
                revised.append(progress[position])
            } else {
                revised.append(
                    Progress(
                        id: member.id, isVoter: isVoter, nextIndex: nextIndex, sequence: sequenceFloor,
                        settings: settings))
            }
        }
        progress = revised
        self.isVoter = isVoter
    }
}
