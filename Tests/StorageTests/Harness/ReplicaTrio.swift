import Dispatch
import HotPath
import KeyValue
import NIOCore
import RaftCore
import Synchronization

@testable import Storage

/// The log of one node, which passes every append on to RocksDB and records which entries a completed sync covers.
final class WatchedLog: LogStore {
    private struct State {
        var coveredKeys: Set<String> = []
        var jobCount = 0
        var isHeld = false
        var isWaiting = false
    }

    private let log: RaftLogStore
    private let state = Mutex(State())
    private let gate = DispatchSemaphore(value: 0)
    /// Called when an append waits at the gate.
    private let onWaiting: @Sendable () -> Void

    init(_ log: RaftLogStore, onWaiting: @escaping @Sendable () -> Void) {
        self.log = log
        self.onWaiting = onWaiting
    }

    var syncCount: UInt64 { log.walSyncCount }
    var jobCount: Int { state.withLock { $0.jobCount } }
    /// Whether an append is held before its sync.
    var isWaiting: Bool { state.withLock { $0.isWaiting } }

    func hasCovered(_ key: String) -> Bool { state.withLock { $0.coveredKeys.contains(key) } }

    /// From now on no append is written before `letThrough`.
    func hold() { state.withLock { $0.isHeld = true } }

    func letThrough() {
        state.withLock { $0.isHeld = false }
        gate.signal()
    }

    func append(_ jobs: [LogJob]) throws(StoreFailure) {
        let isHeld = state.withLock { state in
            state.isWaiting = state.isHeld
            return state.isHeld
        }
        if isHeld {
            onWaiting()
            gate.wait()
        }
        try log.append(jobs)
        state.withLock { state in
            state.isWaiting = false
            state.jobCount += jobs.count
            for entry in jobs.flatMap(\.entries) where entry.kind == .commands {
                state.coveredKeys.formUnion(Self.keys(of: entry))
            }
        }
    }

    func entries(in range: LogRange, bytesMax: Int) throws(StoreFailure) -> [Entry] {
        try log.entries(in: range, bytesMax: bytesMax)
    }

    private static func keys(of entry: Entry) -> [String] {
        entry.payload.withUnsafeReadableBytes { bytes in
            var keys: [String] = []
            var offset = 0
            while offset < bytes.count {
                do throws(CodecError) {
                    let command = try CommandView(decoding: UnsafeRawBufferPointer(rebasing: bytes[offset...]))
                    keys.append(String(decoding: command.key, as: UTF8.self))
                    offset += command.encodedBytes
                } catch {
                    preconditionFailure("a command in the log is malformed: \(error)")
                }
            }
            return keys
        }
    }
}

/// Takes the answers of all three nodes, on their apply threads, and checks the logs at the moment of each answer.
final class WatchfulSink: CompletionSink {
    private let logs: [WatchedLog]
    private let onAnswer: @Sendable () -> Void
    private let answers = Mutex<(written: Int, complaints: [String])>((0, []))

    init(_ logs: [WatchedLog], onAnswer: @escaping @Sendable () -> Void) {
        self.logs = logs
        self.onAnswer = onAnswer
    }

    var writtenCount: Int { answers.withLock { $0.written } }
    /// A sentence for each answer that came too early or is wrong.
    var complaints: [String] { answers.withLock { $0.complaints } }

    static func key(_ tag: RequestTag) -> String { "key-\(tag.request)" }

    func post(_ completions: [Completion]) {
        for completion in completions {
            let key = Self.key(completion.tag)
            let coveredCount = logs.count { $0.hasCovered(key) }
            answers.withLock { answers in
                guard case .written = completion.outcome else {
                    return answers.complaints.append("\(key) was answered with \(completion.outcome)")
                }
                answers.written += 1
                if coveredCount < 2 {
                    answers.complaints.append("\(key) was answered when a sync had covered it in \(coveredCount) logs")
                }
            }
        }
        onAnswer()
    }
}

/// Three replicas with their own log and apply threads over three real stores. Replicas and network are confined to the
/// thread of the test; the clock moves only while a leader is elected.
final class ReplicaTrio {
    final class Member {
        let id: NodeID
        let log: WatchedLog
        fileprivate let store: NodeStore
        fileprivate(set) var replica: Replica?
        fileprivate(set) var gateway: SubmissionGateway?
        fileprivate(set) var writer: CountingWriter?
        fileprivate var threads: (log: GroupCommit, reads: LogReadThread, apply: ApplyLoop)?

        fileprivate init(_ id: NodeID, _ store: NodeStore, doorbell: DispatchSemaphore) {
            self.id = id
            self.store = store
            log = WatchedLog(store.log) { doorbell.signal() }
        }
    }

    struct WaitedInVain: Error {
        let what: String
    }

    let members: [Member]
    let sink: WatchfulSink
    private let directories: [TestDirectory]
    private let doorbell = DispatchSemaphore(value: 0)
    private let clock = StoppedClock()
    private let network = MemoryNetwork()
    private var requestCount: UInt64 = 0

    init() throws {
        let names: [NodeID] = ["node1", "node2", "node3"]
        let configuration = Configuration(members: names.map { RaftCore.Member(id: $0, role: .voter) })
        let first = Entry(
            id: LogID(index: LogIndex(1), term: Term(1)), kind: .configuration, commandCount: 0,
            payload: ConfigurationCodec.encode(configuration))
        let directories = names.map { _ in TestDirectory() }
        let doorbell = doorbell
        self.directories = directories
        members = try zip(names, directories).map { name, directory in
            let store = try NodeStore.open(directory, nodeID: name)
            try store.bootstrap(
                clusterID: testCluster, instance: testInstance, configurationEntry: first,
                hardState: HardState(currentTerm: Term(1)))
            return Member(name, store, doorbell: doorbell)
        }
        sink = WatchfulSink(members.map(\.log)) { doorbell.signal() }
        for (place, member) in members.enumerated() { try start(member, seed: UInt64(place + 1)) }
    }

    /// Different seeds, so that the replicas do not all campaign at the same moment.
    private func start(_ member: Member, seed: UInt64) throws {
        let doorbell = doorbell
        let mailbox = Mailbox { doorbell.signal() }
        let admission = Admission()
        let interest = AppliedInterest()
        let board = StatusBoard(NodeStatus(nodeID: member.id, clusterID: "test"))
        let stop: @Sendable (StoreFailure) -> Never = { preconditionFailure("the store failed: \($0)") }
        let log = GroupCommit(store: member.log, mailbox: mailbox, onFailure: stop)
        let reads = LogReadThread(store: member.log, mailbox: mailbox, onFailure: stop)
        let apply = ApplyLoop(
            stateMachine: member.store.stateMachine, log: member.log, sinks: [sink], mailbox: mailbox,
            admission: admission, board: board, appliedInterest: interest, onFailure: stop)
        let writer = CountingWriter(log)
        let raft = Raft(
            id: member.id, settings: RaftSettings(), recovered: try member.store.recover(), seed: seed, now: clock.now)
        let replica = Replica(
            raft: raft,
            ports: ReplicaPorts(
                logWriter: writer, logReader: reads, applier: apply, links: MemoryLinks(member.id, network),
                snapshots: NoSnapshots(), timekeeper: clock, sinks: [sink], mailbox: mailbox, admission: admission,
                board: board,
                stateMachine: member.store.stateMachine, appliedInterest: interest),
            firstID: seed)
        member.replica = replica
        member.writer = writer
        member.threads = (log, reads, apply)
        member.gateway = SubmissionGateway(sink: 0, admission: admission, mailbox: mailbox)
        replica.start()
    }

    /// Ends all threads and closes the stores.
    func stop() throws {
        for member in members {
            member.threads?.log.shutdown()
            member.threads?.apply.shutdown()
            member.threads?.reads.shutdown()
            try member.store.close()
        }
    }

    // MARK: Steps

    /// Moves the clock, whenever everything is idle, until one replica leads.
    func elect() throws -> Member {
        var leader: Member?
        for _ in 0..<100_000 {
            try turn()
            leader = members.first { $0.replica?.role == .leader && $0.replica?.hasCommittedInCurrentTerm == true }
            if let leader { return leader }
            let isBusy = !network.isEmpty || members.contains { $0.writer?.jobCount != $0.log.jobCount }
            if isBusy { _ = doorbell.wait(timeout: .now() + .milliseconds(network.isEmpty ? 100 : 0)) }
            if !isBusy { clock.now = clock.now.advanced(byNanoseconds: 1_000_000) }
        }
        throw WaitedInVain(what: "an election")
    }

    /// Puts `count` different keys as one burst.
    func write(_ count: Int, to member: Member) {
        guard let gateway = member.gateway else { return }
        for _ in 0..<count {
            requestCount += 1
            let tag = RequestTag(sink: 0, connection: 0, request: requestCount)
            let key = Array(WatchfulSink.key(tag).utf8)
            let header = CommandHeader(kind: .put, keyBytes: key.count, valueBytes: key.count)
            let isTaken = key.withUnsafeBytes { bytes in
                gateway.submitWrite(
                    tag: tag, header: header, contentType: UnsafeRawBufferPointer(start: nil, count: 0), key: bytes,
                    value: bytes)
            }
            precondition(isTaken, "a write was refused")
        }
        gateway.postBurst()
    }

    /// One turn of each replica, after the delivery of all messages on their way.
    func turn() throws {
        for (message, source, target) in network.takeAll() {
            let replica = members.first { $0.id == target }?.replica
            if let refusal = replica?.receive(try arrived(message), from: source) {
                preconditionFailure("\(target) refuses a message of a correct node: \(refusal)")
            }
        }
        for member in members { member.replica?.turn() }
    }

    /// Does the work of the transport: decodes the entries from bytes, and completes the request from them.
    private func arrived(_ message: PeerMessage) throws -> PeerMessage {
        guard case .raft(var raft, let entries) = message, case .appendEntriesRequest(var request) = raft.body else {
            return message
        }
        let decoded = try entries.map { entry in
            var bytes = entry.encoded
            return try Entry(decoding: &bytes)
        }
        try request.describe(decoded)
        raft.body = .appendEntriesRequest(request)
        return .raft(raft, entries: decoded)
    }

    /// Runs turns until the condition holds.
    func run(until what: String, _ condition: () -> Bool) throws {
        while !condition() {
            try turn()
            guard network.isEmpty else { continue }
            if condition() { return }
            guard doorbell.wait(timeout: .now() + .seconds(20)) == .success else { throw WaitedInVain(what: what) }
        }
    }
}

/// Counts the jobs on their way to the log thread.
final class CountingWriter: LogWriter {
    private let log: GroupCommit
    private(set) var jobCount = 0

    init(_ log: GroupCommit) { self.log = log }

    func submit(_ job: LogJob) {
        jobCount += 1
        log.submit(job)
    }
}

/// The clock of all three, which only the test moves.
private final class StoppedClock: Timekeeper {
    var now = Instant(nanoseconds: 1_000_000_000)
    func wake(at deadline: Instant) {}
}

/// Messages on their way, in order.
private final class MemoryNetwork {
    private var messages: [(message: PeerMessage, source: NodeID, target: NodeID)] = []

    var isEmpty: Bool { messages.isEmpty }

    func send(_ message: PeerMessage, from source: NodeID, to target: NodeID) {
        messages.append((message, source, target))
    }

    func takeAll() -> [(PeerMessage, NodeID, NodeID)] {
        defer { messages.removeAll() }
        return messages
    }
}

private final class MemoryLinks: PeerLinks {
    private let id: NodeID
    private let network: MemoryNetwork

    init(_ id: NodeID, _ network: MemoryNetwork) {
        self.id = id
        self.network = network
    }

    func send(_ message: PeerMessage, to peer: NodeID) { network.send(message, from: id, to: peer) }
    func flush() {}
    func isLinked(to peer: NodeID) -> Bool { true }
    func membersChanged(_ members: [RaftCore.Member]) {}
}
