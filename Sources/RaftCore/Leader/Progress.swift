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
