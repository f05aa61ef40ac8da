/// A leader's view of one other member: how far its log matches, what to send next, and how fast.
///
/// ```
///              answer matches             lost, rejected or
///   ┌─────────┐ ───────────► ┌───────────┐ disconnected
///   │  probe  │              │ replicate │ ───► probe
///   └─────────┘              └───────────┘
///        │ ▲                       ▲
///        │ │ failed or delivered   │ answer matches
///        ▼ │                       │
///   ┌──────────┐ ──────────────────┘
///   │ snapshot │
///   └──────────┘
/// ```
///
/// Invariant: `matchIndex < nextIndex`.
package struct Progress: Sendable {
    package enum State: Hashable, Sendable {
        /// Where the logs part is unknown: one request at a time.
        case probe
        /// Requests follow one another without waiting (thesis 10.2.2).
        case replicate
        /// Only heartbeats until the snapshot is delivered.
        case snapshot
    }

    let id: NodeID
    var isVoter: Bool
    private(set) var state = State.probe
    /// "index of highest log entry known to be replicated on server" (paper, figure 2), and durable there.
    private(set) var matchIndex = LogIndex.zero
    /// The latest request that was sent when `matchIndex` became known. The member had acknowledged the match before
    /// any later request left.
    private var matchSequence: UInt64 = 0
    /// The last entry that the member had acknowledged before it lost some of that. It counts in no majority until its
    /// match is there again.
    private(set) var lostThrough: LogID?
    /// It lost data since this leader was elected.
    private(set) var hasLostData = false
    /// "index of the next log entry to send to that server" (paper, figure 2).
    private(set) var nextIndex: LogIndex
    private(set) var inflights: Inflights
    /// In `probe`: a request is out, and nothing more is sent before its answer or the next heartbeat.
    private(set) var isPaused = false
    /// Of the latest request sent.
    private(set) var sequence: UInt64
    /// Requests up to this one were sent before the member was removed and came back, or before it was found to have
    /// lost data: their answers count for nothing. 0 for a member to which neither happened.
    private var sequenceFloor: UInt64
    /// Conflicts with requests up to this one were reported before, or belong to an earlier state.
    private var obsoleteSequence: UInt64
    /// The entries that are read from disk for this member.
    private var reading: LogRange?
    /// What such a read has brought in this turn.
    private var read: (range: LogRange, bytes: Int)?
    /// The commit index of the latest request sent.
    var sentCommit = LogIndex.zero
    /// The ReadIndex round of the latest request sent.
    var sentReadRound: UInt64 = 0
    /// The latest ReadIndex round that the member answered.
    private(set) var confirmedReadRound: UInt64 = 0
    /// When the member last answered this leader.
    private(set) var lastResponse: Instant?

    /// `sequence` is not below that of any request that the leader has sent to this member before, when it was a member
    /// already.
    init(id: NodeID, isVoter: Bool, nextIndex: LogIndex, sequence: UInt64, settings: RaftSettings) {
        self.id = id
        self.isVoter = isVoter
        self.nextIndex = nextIndex
        self.sequence = sequence
        self.sequenceFloor = sequence
        self.obsoleteSequence = sequence
        self.inflights = Inflights(
            messagesMax: settings.inflightMessagesMax, bytesMax: settings.inflightBytesMax)
    }

    /// What a majority may count on: nothing of a member that lost data, until it has all of it again.
    var countedMatchIndex: LogIndex { lostThrough == nil ? matchIndex : .zero }

    /// It answered within `nanoseconds` before `now`.
    func isRecentlyActive(within nanoseconds: UInt64, now: Instant) -> Bool {
        guard let lastResponse else { return false }
        return now.nanoseconds(since: lastResponse) <= nanoseconds
    }

    // MARK: Sending

    mutating func nextSequence() -> UInt64 {
        sequence += 1
        return sequence
    }

    /// Thesis 10.2.2: the leader "updates the next index to send immediately after sending the previous entry, rather
    /// than waiting for the previous entry's acknowledgment".
    mutating func didSend(_ range: LogRange, bytes: Int) {
        switch state {
        case .probe:
            isPaused = true
        case .replicate:
            if range.isEmpty { return }
            inflights.add(last: range.upper.previous, bytes: bytes)
            nextIndex = range.upper
        case .snapshot:
            break
        }
    }

    // MARK: Reads from disk

    /// The entries that it needs next are being read.
    var isWaitingForDisk: Bool { reading != nil }

    /// The entries of `range`, which begins at `nextIndex`, are to be read. False if a read is under way: one at a time
    /// is enough, and what is not asked for anew costs nothing while a disk hangs.
    mutating func mayRead(_ range: LogRange) -> Bool {
        if reading != nil { return false }
        reading = range
        return true
    }

    /// The first `count` entries of what was asked for have been read. Of no effect if that is not what is waited for,
    /// or if the member needs other entries by now.
    mutating func didRead(_ asked: LogRange, count: Int, bytes: Int) {
        guard reading == asked else { return }
        reading = nil
        guard state == .replicate, nextIndex == asked.lower else { return }
        if count == 0 {
            // They are gone. Asking again at once would only spin.
            becomeProbe(next: nextIndex, isPaused: true)
        } else {
            read = (LogRange(asked.lower, LogIndex(asked.lower.rawValue + UInt64(count))), bytes)
        }
    }

    /// Takes out what was read, if it begins with the entry to send next.
    mutating func takeRead() -> (range: LogRange, bytes: Int)? {
        guard let taken = read, taken.range.lower == nextIndex else { return nil }
        read = nil
        return taken
    }

    /// Entries that were read and not sent are not at hand any more.
    mutating func forgetRead() { read = nil }

    // MARK: Answers

    mutating func didAnswer(at now: Instant) { lastResponse = now }

    /// Whether an answer with this sequence number belongs to a request that was sent to the member as it is now, and
    /// not before it was removed and came back, or lost its data.
    func expects(sequence answered: UInt64) -> Bool {
        answered <= sequence && (sequenceFloor == 0 || answered > sequenceFloor)
    }

    /// The member's log matches through `index`, durably. True if that is news. Never lowers `matchIndex`: what
    /// a follower has acknowledged it keeps as long as the leader leads, so a smaller answer is an old one. That a
    /// follower did not keep it is proved by a conflict only (`provesLoss`).
    @discardableResult
    mutating func didMatch(_ index: LogIndex, compacted: LogIndex) -> Bool {
        let isProbeAnswered = state == .probe && index.next >= nextIndex
        let isNews = index > matchIndex
        if isNews {
            matchIndex = index
            matchSequence = sequence
            if let lostThrough, index >= lostThrough.index { self.lostThrough = nil }
            inflights.free(through: index)
            nextIndex = max(nextIndex, index.next)
        }
        switch state {
        case .probe:
            if isNews || isProbeAnswered { becomeReplicate() }
        case .replicate:
            break
        case .snapshot:
            // The entries after the match are at hand again, whether by the snapshot or because it was not needed.
            if matchIndex >= compacted { becomeReplicate() }
        }
        return isNews
    }

    /// The member rejected a request, and the logs part at or below `candidate`, the last entry that may match. Of no
    /// effect if the answer says nothing new.
    mutating func didConflict(rejected: LogIndex, candidate: LogIndex, sequence: UInt64) {
        guard sequence > obsoleteSequence, state != .snapshot, rejected > matchIndex else { return }
        let next = max(matchIndex.next, min(rejected, candidate.next))
        becomeProbe(next: min(next, nextIndex))
    }

    /// Whether the rejection of a request proves that the member has lost what it had acknowledged: the request asked
    /// for an entry at or below the match, and left after the match was known. Answers to earlier requests prove
    /// nothing, however late they arrive.
    func provesLoss(rejected: LogIndex, sequence answered: UInt64) -> Bool {
        rejected <= matchIndex && answered > matchSequence
    }

    /// The member has lost some of its entries through `acknowledged`, and the logs part at or below `candidate`.
    /// Nothing that it said before counts any more. The entries are sent again.
    mutating func didLoseData(through acknowledged: LogID, candidate: LogIndex) {
        if acknowledged.index > lostThrough?.index ?? .zero { lostThrough = acknowledged }
        hasLostData = true
        matchIndex = .zero
        sequenceFloor = sequence
        becomeProbe(next: candidate.next)
    }

    mutating func confirm(readRound: UInt64) { confirmedReadRound = max(confirmedReadRound, readRound) }

    // MARK: States

    /// Requests in flight may be lost, and so is a read that has not come back.
    mutating func didDisconnect(keepsRead: Bool) {
        if !keepsRead { reading = nil }
        // Nothing can be sent before the connection is back, which the next heartbeat will find out.
        if state == .replicate { becomeProbe(next: .zero, isPaused: true) }
    }

    /// Goes back to asking where the logs part; a pause lasts until the next heartbeat.
    mutating func becomeProbe(next: LogIndex, isPaused: Bool = false) {
        state = .probe
        self.isPaused = isPaused
        nextIndex = max(next, matchIndex.next)
        inflights.removeAll()
        obsoleteSequence = sequence
    }

    mutating func becomeSnapshot() {
        state = .snapshot
        isPaused = false
        inflights.removeAll()
        obsoleteSequence = sequence
    }

    private mutating func becomeReplicate() {
        state = .replicate
        isPaused = false
        nextIndex = matchIndex.next
        inflights.removeAll()
        obsoleteSequence = sequence
    }
}
