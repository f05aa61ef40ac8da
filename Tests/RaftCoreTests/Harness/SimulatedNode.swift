internal import RaftCore

/// One core under test, with its surroundings played by the test: each call steps one event and returns its effects.
final class SimulatedNode {
    private(set) var raft: Raft
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    let settings: RaftSettings
    /// What the core asks the disk for is read when a test says so.
    var isDiskSlow = false

    /// A node of a cluster of `voters` and `learners` whose log holds entries of 10 bytes of the given terms, all
    /// flushed. Its term is that of its last entry unless given.
    init(
        _ id: NodeID = "a", voters: [NodeID] = ["a", "b", "c"], learners: [NodeID] = [], log terms: [UInt64] = [],
        term: UInt64? = nil, vote: NodeID? = nil, applied: UInt64 = 0, seed: UInt64 = 7,
        settings: RaftSettings = RaftSettings(), abstains: Bool = false
    ) {
        var recovered = Raft.Recovered()
        recovered.configuration = Configuration(
            members: voters.map { Member(id: $0, role: .voter) } + learners.map { Member(id: $0, role: .learner) })
        recovered.applied = LogIndex(applied)
        recovered.append(terms: terms)
        recovered.hardState = HardState(currentTerm: Term(term ?? terms.last ?? 0), votedFor: vote)
        var settings = settings
        settings.abstainsAfterStart = abstains
        self.settings = settings
        raft = Raft(id: id, settings: settings, recovered: recovered, seed: seed, now: now)
    }

    init(
        _ id: NodeID, instance: InstanceID? = nil, recovered: Raft.Recovered,
        settings: RaftSettings = RaftSettings(), abstains: Bool = false
    ) {
        var settings = settings
        settings.abstainsAfterStart = abstains
        self.settings = settings
        raft = Raft(id: id, instance: instance, settings: settings, recovered: recovered, seed: 7, now: now)
    }

    // MARK: Events

    @discardableResult
    func step(_ event: Event) -> Effects {
        var effects = Effects()
        // As at the gate of the hot path: a message that no correct server sends is not stepped.
        if case .receive(let message) = event, raft.refusal(of: message) != nil { return effects }
        raft.step(event, now: now, into: &effects)
        return effects
    }

    @discardableResult
    func receive(_ body: Message.Body, from sender: NodeID, term: UInt64) -> Effects {
        step(.receive(Message(from: sender, to: raft.id, term: Term(term), body: body)))
    }

    /// Everything accepted so far becomes durable.
    @discardableResult
    func flush() -> Effects { step(.flushed(notice)) }

    /// The notice of a job that is submitted now.
    var notice: FlushNotice {
        FlushNotice(epoch: raft.logEpoch, lastLogID: raft.lastLogID, hardState: raft.hardState)
    }

    /// Ends a turn. What the core asks the disk for is read at once, unless `isDiskSlow`.
    @discardableResult
    func endTurn() -> Effects {
        var effects = step(.turnEnded)
        while !isDiskSlow, !effects.logReads.isEmpty {
            let requests = effects.logReads
            effects.logReads.removeAll()
            for request in requests { raft.step(read(request), now: now, into: &effects) }
            raft.step(.turnEnded, now: now, into: &effects)
        }
        return effects
    }

    /// The disk has `count` entries of what it is asked for, or all.
    func read(_ request: LogReadRequest, count: Int? = nil) -> Event {
        let count = count ?? request.range.count
        return .entriesRead(request, count: count, bytes: 10 * count)
    }

    func pass(milliseconds: UInt64) { now = now.advanced(byNanoseconds: milliseconds * 1_000_000) }

    /// Lets the timer run out.
    @discardableResult
    func timeOut() -> Effects {
        if let deadline = raft.nextDeadline, deadline > now { now = deadline }
        return step(.timeElapsed)
    }

    /// A request from the leader `sender`, its entries given by their terms.
    @discardableResult
    func append(
        _ terms: [UInt64] = [], after prev: (index: UInt64, term: UInt64) = (0, 0), commit: UInt64 = 0,
        from sender: NodeID = "b", term: UInt64, round: UInt64 = 0, sequence: UInt64 = 1, lost: LogID? = nil
    ) -> Effects {
        receive(
            .append(terms, after: prev, commit: commit, round: round, sequence: sequence, lost: lost), from: sender,
            term: term)
    }

    /// A follower's answer to this leader.
    @discardableResult
    func matched(
        _ index: UInt64, term entryTerm: UInt64, by follower: NodeID, round: UInt64 = 0, sequence: UInt64 = 1,
        in term: UInt64? = nil
    ) -> Effects {
        let response = AppendEntriesResponse(
            result: .matched(.at(index, entryTerm)), readRound: round, sequence: sequence)
        return receive(.appendEntriesResponse(response), from: follower, term: term ?? raft.currentTerm.rawValue)
    }

    @discardableResult
    func conflict(
        at rejected: LogID, hint: LogID, by follower: NodeID, sequence: UInt64, in term: UInt64? = nil
    ) -> Effects {
        let response = AppendEntriesResponse(
            result: .conflict(rejected: rejected, hint: hint), readRound: 0, sequence: sequence)
        return receive(.appendEntriesResponse(response), from: follower, term: term ?? raft.currentTerm.rawValue)
    }

    // MARK: Ways to a role

    /// Becomes a candidate: pre-votes are granted by everyone, and the own vote is durable.
    @discardableResult
    func campaign() -> Effects {
        var effects = timeOut()
        if raft.role == .preCandidate {
            for voter in others where raft.role == .preCandidate {
                effects = receive(
                    .vote(preVote: true, term: raft.currentTerm.rawValue + 1, granted: true), from: voter,
                    term: raft.currentTerm.rawValue)
            }
        }
        flush()
        return effects
    }

    /// Becomes a leader by everyone's votes; the no-op is appended, flushed and sent. Returns what the election itself
    /// caused.
    @discardableResult
    func lead() -> Effects {
        campaign()
        var effects = Effects()
        for voter in others where raft.role == .candidate {
            effects = receive(
                .vote(preVote: false, term: raft.currentTerm.rawValue, granted: true), from: voter,
                term: raft.currentTerm.rawValue)
        }
        return effects
    }

    /// Becomes a leader whose no-op is committed with the help of all others.
    func leadAndCommit() {
        lead()
        flush()
        endTurn()
        for other in raft.followerProgress { matchAll(by: other.id) }
        endTurn()
    }

    /// `follower` acknowledges everything, in answer to the latest request.
    @discardableResult
    func matchAll(by follower: NodeID, round: UInt64 = 0) -> Effects {
        matched(
            raft.lastLogID.index.rawValue, term: raft.lastLogID.term.rawValue, by: follower, round: round, sequence: 0)
    }

    private var others: [NodeID] {
        raft.configuration.members.filter { $0.role == .voter && $0.id != raft.id }.map(\.id)
    }

    var knownCommitIndex: LogIndex { raft.knownCommitIndex }

    func hasCaughtUp(applied: UInt64) -> Bool { raft.hasCaughtUp(applied: LogIndex(applied)) }

    var isHandingOver: Bool { raft.isLeadershipTransferInProgress }

    var isRemoved: Bool { raft.isRemoved }

    var missesData: Bool { raft.missesData }

    func progress(of follower: NodeID) -> FollowerProgress? { raft.followerProgress.first { $0.id == follower } }

    /// The terms of the entries after the compaction point.
    var logTerms: [UInt64] {
        var terms: [UInt64] = []
        var index = raft.compactedLogID.index.next
        while let term = raft.term(at: index) {
            terms.append(term.rawValue)
            index = index.next
        }
        return terms
    }
}
