internal import RaftCore

/// The comparisons of a leader: one after the other over ranges of the state, until all of it was compared, and then
/// from the beginning. Decides when the next one is due and when one has ended; the replica proposes and judges.
///
/// ```
/// waiting ─► seeking the end of the next range ─► proposed: digests arrive ─► waiting …
/// ```
///
/// Expiry: a round ends once all who are expected have answered, and at its deadline; everything ends with leadership
/// (`endWithLeadership`).
struct ComparisonRounds {
    struct Round {
        let id: LogID
        let range: KeyRange
        let deadline: Instant
        /// Ordered by id. Nil: the member answered that it makes no digest.
        private(set) var answers: [(id: NodeID, digest: StateDigest?)] = []

        /// A second answer of the same member changes nothing.
        mutating func note(_ digest: StateDigest?, of member: NodeID) {
            let place = answers.firstIndex { $0.id >= member } ?? answers.count
            if place < answers.count, answers[place].id == member { return }
            answers.insert((member, digest), at: place)
        }

        func hasAnswer(of member: NodeID) -> Bool { answers.contains { $0.id == member } }

        /// The digests of those who were members of `configuration` when they made them.
        func digests(in configuration: Configuration) -> [(member: Member, digest: StateDigest)] {
            answers.compactMap { answer in
                guard let digest = answer.digest, let member = configuration[answer.id], member.since <= id.index
                else { return nil }
                return (member, digest)
            }
        }
    }

    private(set) var round: Round?
    /// The end of the next range is being looked for.
    private(set) var isSeeking = false
    /// Where the next range begins.
    private(set) var start: [UInt8] = []
    /// When the next comparison is due; nil if none is, as on a node that does not lead.
    private(set) var due: Instant?
    /// The last comparison in which all agreed.
    private(set) var lastAgreed: LogIndex?

    private var waiters = WholeComparisonWaiters()

    /// When the replica has something to do; nil if nothing.
    var nextDeadline: Instant? {
        var deadline = round?.deadline ?? (isSeeking ? nil : due)
        if let waiting = waiters.nextDeadline { deadline = min(deadline ?? waiting, waiting) }
        return deadline
    }

    /// Nothing is under way, and the time for the next range has come.
    func isDue(now: Instant) -> Bool {
        guard round == nil, !isSeeking, let due else { return false }
        return due <= now
    }

    /// Sets when the next comparison is due, if none was expected.
    mutating func expect(at instant: Instant?) {
        if due == nil { due = instant }
    }

    /// The comparison that is due cannot begin now.
    mutating func postpone(to instant: Instant, now: Instant) {
        if isDue(now: now) { due = instant }
    }

    mutating func seek() {
        precondition(round == nil && !isSeeking, "the next range is looked for while a comparison is under way")
        isSeeking = true
    }

    /// The search is over; without a result the next one is made when it is due again.
    mutating func endSearch(dueAt instant: Instant?) {
        isSeeking = false
        due = instant
    }

    mutating func begin(_ range: KeyRange, at id: LogID, deadline: Instant) {
        precondition(round == nil, "a comparison begins before the one before has ended")
        round = Round(id: id, range: range, deadline: deadline)
    }

    mutating func note(_ digest: StateDigest?, of member: NodeID, at index: LogIndex) {
        guard let round, round.id.index == index else { return }
        // It was made of another state.
        if let digest, digest.applied != round.id { return }
        self.round?.note(digest, of: member)
    }

    /// Ends the round under way. The next one continues after its range, or repeats it.
    mutating func end(_ outcome: ComparisonOutcome, dueAt instant: Instant?) {
        guard let ended = round else { preconditionFailure("a comparison ends that has not begun") }
        round = nil
        due = instant
        switch outcome {
        case .agreed:
            lastAgreed = ended.id.index
            start = ended.range.end
        case .odd, .unknown, .undecided(_, mayBeDecided: false): start = ended.range.end
        case .undecided(_, mayBeDecided: true): start = ended.range.start
        }
    }

    mutating func endWithLeadership() -> [WholeComparisonWaiters.Waiter] {
        round = nil
        isSeeking = false
        due = nil
        start = []
        return waiters.takeAll()
    }

    // MARK: Of the whole state

    /// Somebody waits for a comparison of all data.
    var isWholeWanted: Bool { !waiters.isEmpty && round == nil }

    /// False, with nothing done, if too many wait.
    mutating func append(_ waiter: @escaping WholeComparisonWaiters.Waiter, deadline: Instant) -> Bool {
        waiters.append(waiter, deadline: deadline)
    }

    /// Those who wait for the comparison that has just begun get its result; whoever comes later waits for the next.
    mutating func serveWaiters() { waiters.serve() }

    mutating func takeServed() -> [WholeComparisonWaiters.Waiter] { waiters.takeServed() }

    mutating func takeOverdue(now: Instant) -> [WholeComparisonWaiters.Waiter] { waiters.takeOverdue(now: now) }

    /// The latest time until which anybody waits.
    var lastWaiterDeadline: Instant? { waiters.lastDeadline }
}
