internal import RaftCore

/// One core under test, with its surroundings played by the test: each call steps one event and returns its effects.
final class Node {
    private(set) var raft: Raft
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    let settings: RaftSettings

    /// A node of a cluster of `voters` and `learners` whose log holds entries of 10 bytes of the given terms, all
    /// flushed. Its term is that of its last entry unless given.
    init(
        _ id: NodeID = "a", voters: [NodeID] = ["a", "b", "c"], learners: [NodeID] = [], log terms: [UInt64] = [],
        term: UInt64? = nil, vote: NodeID? = nil, applied: UInt64 = 0, seed: UInt64 = 7,
        settings: RaftSettings = RaftSettings()
    ) {
        var recovered = Raft.Recovered()
        recovered.configuration = Configuration(
            members: voters.map { Member(id: $0, role: .voter) } + learners.map { Member(id: $0, role: .learner) })
        recovered.runs = EntryRun.runs(ofTerms: terms)
        recovered.hardState = HardState(currentTerm: Term(term ?? terms.last ?? 0), votedFor: vote)
        recovered.applied = LogIndex(applied)
        self.settings = settings
        raft = Raft(id: id, settings: settings, recovered: recovered, seed: seed, now: now)
    }

    init(_ id: NodeID, recovered: Raft.Recovered, settings: RaftSettings = RaftSettings()) {
        self.settings = settings
        raft = Raft(id: id, settings: settings, recovered: recovered, seed: 7, now: now)
    }

    // MARK: Events

    @discardableResult
    func step(_ event: Event) -> Effects {
        var effects = Effects()
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

    @discardableResult
    func endTurn() -> Effects { step(.turnEnded) }

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
        from sender: NodeID = "b", term: UInt64, round: UInt64 = 0, sequence: UInt64 = 1
    ) -> Effects {
        receive(
            .append(terms, after: prev, commit: commit, round: round, sequence: sequence), from: sender, term: term)
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

    func progress(of follower: NodeID) -> FollowerProgress? { raft.followerProgress.first { $0.id == follower } }

    /// The terms of the entries behind the compaction point.
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

extension LogID {
    static func at(_ index: UInt64, _ term: UInt64) -> LogID { LogID(index: LogIndex(index), term: Term(term)) }
}

extension EntryRun {
    /// Entries of 10 bytes each.
    static func runs(ofTerms terms: [UInt64]) -> [EntryRun] {
        var runs: [EntryRun] = []
        for term in terms {
            if let last = runs.indices.last, runs[last].term == Term(term) {
                runs[last].sizes.append(10)
            } else {
                runs.append(EntryRun(term: Term(term), sizes: [10]))
            }
        }
        return runs
    }
}

extension Message.Body {
    static func append(
        _ terms: [UInt64] = [], after prev: (index: UInt64, term: UInt64) = (0, 0), commit: UInt64 = 0,
        round: UInt64 = 0, sequence: UInt64 = 1, configurations: [ConfigurationEntry] = []
    ) -> Message.Body {
        .appendEntriesRequest(
            AppendEntriesRequest(
                prevLogID: .at(prev.index, prev.term),
                range: LogRange(LogIndex(prev.index + 1), LogIndex(prev.index + 1 + UInt64(terms.count))),
                runs: EntryRun.runs(ofTerms: terms), configurations: configurations, leaderCommit: LogIndex(commit),
                readRound: round, sequence: sequence))
    }

    static func requestVote(
        last: LogID, preVote: Bool = false, transfer: Bool = false
    ) -> Message.Body {
        .requestVoteRequest(
            RequestVoteRequest(isPreVote: preVote, isLeadershipTransfer: transfer, lastLogID: last))
    }

    static func vote(preVote: Bool = false, term: UInt64, granted: Bool) -> Message.Body {
        .requestVoteResponse(
            RequestVoteResponse(isPreVote: preVote, requestTerm: Term(term), voteGranted: granted))
    }
}

/// Shorthands for what tests look at in effects.
extension Effects {
    var requests: [AppendEntriesRequest] {
        messages.compactMap { if case .appendEntriesRequest(let request) = $0.body { request } else { nil } }
    }

    func requests(to receiver: NodeID) -> [AppendEntriesRequest] {
        messages.compactMap { message in
            if message.to == receiver, case .appendEntriesRequest(let request) = message.body { request } else { nil }
        }
    }

    /// Answers of a follower, sent at once.
    var answers: [AppendEntriesResponse.Result] { Self.results(messages) }

    /// Answers of a follower that wait for a flush.
    var lateAnswers: [AppendEntriesResponse.Result] { Self.results(messagesAfterFlush) }

    private static func results(_ messages: [Message]) -> [AppendEntriesResponse.Result] {
        messages.compactMap { if case .appendEntriesResponse(let response) = $0.body { response.result } else { nil } }
    }

    /// Votes given or denied, whether at once or after the flush.
    var votes: [RequestVoteResponse] {
        (messages + messagesAfterFlush).compactMap {
            if case .requestVoteResponse(let response) = $0.body { response } else { nil }
        }
    }

    var voteRequests: [RequestVoteRequest] {
        (messages + messagesAfterFlush).compactMap {
            if case .requestVoteRequest(let request) = $0.body { request } else { nil }
        }
    }
}
