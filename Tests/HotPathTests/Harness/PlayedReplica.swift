import HotPath
import KeyValue
import NIOCore
import RaftCore

/// One replica, `a` of the voters `a`, `b` and `c`, whose surroundings are played: a test hands in what arrives and
/// looks at what left, in order.
final class PlayedReplica {
    let ports = PlayedPorts()
    let comparer = PlayedComparer()
    private(set) var troubles: [Trouble] = []
    let replica: Replica
    let admission = Admission()
    let stateMachine: PlayedStateMachine
    let board: StatusBoard
    private let mailbox: Mailbox
    private let gateway: SubmissionGateway
    private var worker: ApplyWorker
    /// Peers that answer nothing.
    var silent: Set<NodeID> = []
    private var requestCount: UInt64 = 0

    /// The log holds `entryCount` entries of term 1, durable and applied; the first is the configuration.
    init(
        entryCount: UInt64 = 1, raftSettings: RaftSettings = RaftSettings(),
        settings: ReplicaSettings = ReplicaSettings(), featureLevel: UInt8 = FeatureLevel.first
    ) {
        let ports = ports
        mailbox = Mailbox { ports.isTurnDue = true }
        let interest = AppliedInterest()
        board = StatusBoard(NodeStatus(nodeID: "a", clusterID: "test"))
        let members: [NodeID] = ["a", "b", "c"]
        let configuration = Configuration(
            members: members.map { Member(id: $0, role: .voter) }, featureLevel: featureLevel)
        var entries = [Entry(id: .of(1), configuration)]
        for index in 1..<entryCount { entries.append(.blank(index + 1)) }
        let log = PlayedLog(entries)
        stateMachine = PlayedStateMachine(applied: LogIndex(entryCount))
        replica = Replica(
            raft: Raft(
                id: "a", settings: raftSettings, recovered: log.recovered(configuration, term: Term(1)),
                seed: 1, now: ports.now),
            ports: ReplicaPorts(
                logWriter: ports, logReader: ports, applier: ports, links: ports, snapshots: ports,
                timekeeper: ports, sinks: [ports], mailbox: mailbox, admission: admission, board: board,
                stateMachine: stateMachine, appliedInterest: interest, maintainer: ports, comparer: comparer),
            settings: settings, firstID: 1 << 40)
        worker = ApplyWorker(
            stateMachine: stateMachine, log: log, sinks: [ports], mailbox: mailbox, admission: admission, board: board,
            appliedInterest: interest, comparer: comparer)
        gateway = SubmissionGateway(sink: 0, admission: admission, mailbox: mailbox)
        replica.onTrouble = { [unowned self] in troubles.append($0) }
        replica.start()
        turn()
    }

    // MARK: Steps

    func turn() {
        ports.isTurnDue = false
        replica.turn()
    }

    /// Time passes in steps of at most 10 ms, and the timer rings.
    func pass(milliseconds: UInt64) {
        let end = ports.now.advanced(byNanoseconds: milliseconds * 1_000_000)
        while ports.now < end {
            ports.now = min(end, ports.now.advanced(byNanoseconds: 10_000_000))
            if let deadline = ports.deadline, deadline <= ports.now {
                ports.deadline = nil
                turn()
            } else if ports.isTurnDue {
                turn()
            }
        }
    }

    func takeDepartures() -> [PlayedPorts.Departure] {
        defer { ports.departures.removeAll() }
        return ports.departures
    }

    /// The log thread reports all that was submitted durable.
    func flushLog() throws {
        guard let job = ports.unflushed else { return }
        ports.unflushed = nil
        for installation in ports.installations {
            try installation.carryOut()
            mailbox.post(installation.news)
        }
        ports.installations.removeAll()
        mailbox.post(flushed: job.sequence, notice: job.notice)
    }

    func applyAll() throws {
        let jobs = ports.applyJobs
        ports.applyJobs.removeAll()
        try worker.apply(jobs)
    }

    func post(_ news: SnapshotNews) { mailbox.post(news) }

    /// Committed entries reach the state machine.
    func apply(_ entries: [Entry]) throws {
        let range = LogRange(entries[0].id.index, entries[entries.count - 1].id.index.next)
        try worker.apply([ApplyJob(range: range, entries: entries, waiters: [])])
    }

    /// The thread for comparisons reports.
    func report(_ report: ComparisonReport) { mailbox.post(report) }

    /// The apply thread reports what the entries say of members whose data differ.
    func report(verdicts: [Verdict]) { mailbox.post(verdicts: verdicts) }

    /// Answers the oldest read of the log.
    func answerLogRead(with entries: [Entry]) {
        mailbox.post(LogRead(id: ports.logReads.removeFirst().id, entries: entries))
    }

    // MARK: Users

    /// Puts by this node's users, as one burst.
    func submitPuts(_ count: Int, valueBytes: Int = 1) {
        for _ in 0..<count { precondition(submitPut(valueBytes: valueBytes), "a write was refused at the door") }
        gateway.postBurst()
    }

    /// Adds a put to the burst under way; false if it is refused at the door.
    func submitPut(valueBytes: Int) -> Bool {
        let key = [UInt8]("key".utf8)
        let value = [UInt8](repeating: 7, count: valueBytes)
        let header = CommandHeader(kind: .put, keyBytes: key.count, valueBytes: value.count)
        requestCount += 1
        return key.withUnsafeBytes { key in
            value.withUnsafeBytes { value in
                gateway.submitWrite(
                    tag: .user(requestCount), header: header,
                    contentType: UnsafeRawBufferPointer(start: nil, count: 0), key: key, value: value)
            }
        }
    }

    func postBurst() { gateway.postBurst() }

    func submitReads(_ count: Int) {
        for _ in 0..<count {
            requestCount += 1
            precondition(gateway.submitRead(tag: .user(requestCount)), "a read was refused at the door")
        }
        gateway.postBurst()
    }

    // MARK: Peers

    /// A message as it comes out of the transport: entries are decoded from bytes, and the request is completed.
    func receive(_ message: PeerMessage, from peer: NodeID) throws {
        var message = message
        if case .raft(var raft, let entries) = message, case .appendEntriesRequest(var request) = raft.body {
            try request.describe(entries)
            raft.body = .appendEntriesRequest(request)
            message = .raft(raft, entries: entries)
        }
        if let refusal = replica.receive(message, from: peer) {
            preconditionFailure("the replica refuses a message of the test: \(refusal)")
        }
        ports.isTurnDue = true
    }

    /// AppendEntries of the leader `peer`, with entries that follow `prev`.
    func receiveEntries(
        _ entries: [Entry], after prev: LogID, commit: UInt64, sequence: UInt64, from peer: NodeID = "b",
        term: UInt64 = 2, lost: LogID? = nil
    ) throws {
        let range = LogRange(prev.index.next, LogIndex(prev.index.rawValue + UInt64(entries.count) + 1))
        let request = AppendEntriesRequest(
            prevLogID: prev, range: range, leaderCommit: LogIndex(commit), readRound: 0, sequence: sequence,
            lostThrough: lost)
        try receive(
            .raft(
                Message(from: peer, to: "a", term: Term(term), body: .appendEntriesRequest(request)), entries: entries),
            from: peer)
    }

    /// Makes the replica a follower of `b` in term 2, with all of it durable.
    func follow() throws {
        try receiveEntries([], after: replica.lastLogID, commit: 1, sequence: 1)
        turn()
        try flushLog()
        turn()
        _ = takeDepartures()
    }

    /// Makes the replica the leader of the obedient followers `b` and `c`, with its first entry committed.
    func lead() throws {
        let end = ports.now.advanced(byNanoseconds: 5_000_000_000)
        while replica.role != .leader || !replica.hasCommittedInCurrentTerm {
            precondition(ports.now < end, "the replica does not become the leader")
            pass(milliseconds: 10)
            try obey()
        }
        try applyAll()
        turn()
        _ = takeDepartures()
    }

    /// Lets the peers that are not silent answer everything that left, and the disk work, until nothing leaves any
    /// more. Returns all that left.
    @discardableResult
    func obey() throws -> [PlayedPorts.Departure] {
        var all: [PlayedPorts.Departure] = []
        while true {
            try flushLog()
            turn()
            let departures = takeDepartures()
            var messages: [(message: PeerMessage, peer: NodeID)] = []
            for case .message(let message, let peer) in departures { messages.append((message, peer)) }
            all += departures
            if messages.isEmpty, ports.unflushed == nil { return all }
            for (message, peer) in messages where !silent.contains(peer) {
                if let answer = Self.obedientAnswer(to: message, of: peer) { try receive(answer, from: peer) }
            }
        }
    }

    /// What a follower says that has, and keeps, everything.
    private static func obedientAnswer(to message: PeerMessage, of peer: NodeID) -> PeerMessage? {
        guard case .raft(let raft, let entries) = message else { return nil }
        let body: Message.Body
        var term = raft.term
        switch raft.body {
        case .requestVoteRequest(let request):
            // A pre-vote asks for a term that nobody has entered.
            if request.isPreVote { term = Term(term.rawValue - 1) }
            body = .requestVoteResponse(
                RequestVoteResponse(isPreVote: request.isPreVote, requestTerm: raft.term, voteGranted: true))
        case .appendEntriesRequest(let request):
            body = .appendEntriesResponse(
                AppendEntriesResponse(
                    result: .matched(entries.last?.id ?? request.prevLogID), readRound: request.readRound,
                    sequence: request.sequence))
        default:
            return nil
        }
        return .raft(Message(from: peer, to: raft.from, term: term, body: body), entries: [])
    }
}
