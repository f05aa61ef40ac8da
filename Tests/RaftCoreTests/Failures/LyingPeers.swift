internal import RaftCore

/// Draws messages that no correct server needs to send, and that `Raft.refusal(of:)` has nothing against all the same:
/// about the log of the receiver or about none, in its term or near it, in any order.
struct LyingPeers {
    private static let names: [NodeID] = ["b", "c", "x"]

    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func message(to raft: borrowing Raft) -> Message {
        let lead: UInt64 = random.chance(40) ? 1 : 0
        let term = Term(raft.currentTerm.rawValue + lead - (random.chance(30) ? min(1, raft.currentTerm.rawValue) : 0))
        let body = body(to: raft, in: term)
        return Message(from: peer(), to: raft.id, term: term, body: body)
    }

    mutating func peer() -> NodeID {
        // Mostly one and the same, which so is believed to be the leader.
        random.chance(600) ? Self.names[0] : Self.names[random.below(Self.names.count)]
    }

    mutating func configuration() -> Configuration {
        var members = [Member(id: "a", role: random.chance(800) ? .voter : .learner)]
        for name in Self.names where random.chance(600) {
            members.append(Member(id: name, role: random.chance(700) ? .voter : .learner))
        }
        return Configuration(members: members)
    }

    private mutating func body(to raft: borrowing Raft, in term: Term) -> Message.Body {
        // Without a majority there would be no leader to lie to.
        if raft.role == .preCandidate, random.chance(700) {
            return .vote(preVote: true, term: raft.currentTerm.rawValue + 1, granted: true)
        }
        if raft.role == .candidate, random.chance(700) {
            return .vote(term: raft.currentTerm.rawValue, granted: true)
        }
        switch random.below(12) {
        case 0:
            return .requestVote(last: id(near: raft), preVote: random.chance(500), transfer: random.chance(300))
        case 1, 2:
            return .vote(
                preVote: random.chance(300), term: term.rawValue + random.next() % 2, granted: random.chance(900))
        case 3, 4, 5:
            return .appendEntriesRequest(request(to: raft, in: term))
        case 6, 7:
            let result: AppendEntriesResponse.Result =
                random.chance(700)
                ? .matched(id(near: raft)) : .conflict(rejected: id(near: raft), hint: id(near: raft))
            return .appendEntriesResponse(
                AppendEntriesResponse(result: result, readRound: random.next() % 4, sequence: random.next() % 30))
        case 8, 9:
            return .installSnapshotRequest(
                InstallSnapshotRequest(lastIncluded: id(near: raft), configuration: configuration()))
        case 10:
            return .installSnapshotResponse(
                InstallSnapshotResponse(lastIncluded: id(near: raft), installed: random.chance(700)))
        default:
            return .timeoutNow(TimeoutNow(lastLogID: random.chance(700) ? raft.lastLogID : id(near: raft)))
        }
    }

    private mutating func request(to raft: borrowing Raft, in term: Term) -> AppendEntriesRequest {
        let prev = id(near: raft)
        var terms: [UInt64] = []
        for _ in 0..<random.below(4) {
            let least = max(terms.last ?? prev.term.rawValue, 1)
            terms.append(random.chance(300) ? max(least, term.rawValue) : least)
        }
        let first = prev.index.rawValue + 1
        var configurations: [ConfigurationEntry] = []
        if random.chance(150) {
            let index = LogIndex(first + random.next() % 4)
            configurations.append(ConfigurationEntry(index: index, configuration: configuration()))
        }
        return AppendEntriesRequest(
            prevLogID: prev, range: LogRange(LogIndex(first), LogIndex(first + UInt64(terms.count))),
            runs: EntryRun.runs(ofTerms: terms), configurations: configurations,
            leaderCommit: random.chance(50) ? LogIndex(.max) : id(near: raft).index, readRound: random.next() % 4,
            sequence: random.next() % 30, lostThrough: random.chance(50) ? id(near: raft) : nil)
    }

    /// Often an entry of the log, sometimes one that contradicts it or lies beyond it.
    private mutating func id(near raft: borrowing Raft) -> LogID {
        let index = LogIndex(random.next() % (raft.lastLogID.index.rawValue + 4))
        if random.chance(600), let term = raft.term(at: index) { return LogID(index: index, term: term) }
        return LogID(index: index, term: Term(random.next() % (raft.currentTerm.rawValue + 1)))
    }
}
