import HotPath
import RaftCore

/// Three or more replicas on one thread, from one seed: network, disks, time, crashes and users are drawn from it.
final class SimulatedCluster {
    struct Faults {
        var lossPercent = 0
        var crashPercent = 0
        var partitionPercent = 0
        /// Two nodes lose their link, with all that is on its way, and have a new one at once.
        var reconnectPercent = 0
        /// The chance of a crashed node to come back, at each of its steps.
        var restartPercent = 100
    }

    let time = SimulatedTime()
    let nodes: [SimulatedNode]
    var faults = Faults()
    /// Nodes that write nothing to their disks any more, and do not fail either.
    var hungDisks: Set<NodeID> = []
    /// Nodes whose apply threads do nothing.
    var hungApplies: Set<NodeID> = []
    /// Entries that were sent, per receiver.
    private(set) var entriesSent: [NodeID: Int] = [:]
    /// Nodes that read nothing from their disks.
    var hungReads: Set<NodeID> = []
    /// For nodes that are started from now on.
    let replicaSettings: ReplicaSettings
    var generator: SeededGenerator
    private(set) var crashes = 0
    private(set) var partitions = 0
    private(set) var reconnects = 0
    /// Messages on their way, per ordered pair of nodes.
    private var network: [[PeerMessage]]
    /// The pair (a, b) whose messages do not pass, both ways.
    private var cut: (NodeID, NodeID)?

    init(seed: UInt64, nodeCount: Int = 3, replicaSettings: ReplicaSettings = ReplicaSettings()) throws {
        self.replicaSettings = replicaSettings
        generator = SeededGenerator(seed: seed)
        let names = ["a", "b", "c", "d", "e"].prefix(nodeCount).map { NodeID($0) }
        nodes = names.map { SimulatedNode(id: $0) }
        network = Array(repeating: [], count: nodeCount * nodeCount)
        let members = names.map { Member(id: $0, role: .voter) }
        let first = Entry(
            id: LogID(index: LogIndex(1), term: Term(1)), kind: .configuration, commandCount: 0,
            payload: ConfigurationCodec.encode(Configuration(members: members)))
        for node in nodes {
            node.log.durable = [first]
            node.log.hardState = HardState(currentTerm: Term(1))
            try start(node)
        }
    }

    func start(_ node: SimulatedNode) throws {
        node.running = try SimulatedNode.Running(node: node, cluster: self, seed: generator.next())
    }

    /// Loses everything that is not durable: log jobs that were not synced, and the state since the last memtable
    /// flush.
    func crash(_ node: SimulatedNode) {
        crashes += 1
        node.running = nil
        node.appliedBeforeCrash = max(node.appliedBeforeCrash, node.stateMachine.appliedIndex)
        node.log.jobs.removeAll()
        node.log.reads.removeAll()
        node.stateMachine.state = node.stateMachine.persisted
        let place = index(of: node.id)
        for other in nodes.indices {
            network[place * nodes.count + other].removeAll()
            network[other * nodes.count + place].removeAll()
            nodes[other].running?.replica.peerUnreachable(node.id)
        }
    }

    func index(of id: NodeID) -> Int { nodes.firstIndex { $0.id == id }! }

    func isConnected(_ from: NodeID, _ to: NodeID) -> Bool {
        nodes[index(of: to)].running != nil && !isCut(from, to)
    }

    private func isCut(_ from: NodeID, _ to: NodeID) -> Bool {
        guard let cut else { return false }
        return (cut.0 == from && cut.1 == to) || (cut.0 == to && cut.1 == from)
    }

    func send(_ message: PeerMessage, from: NodeID, to: NodeID) {
        guard let target = nodes.firstIndex(where: { $0.id == to }) else { return }
        network[index(of: from) * nodes.count + target].append(message)
        if case .raft(_, let entries) = message { entriesSent[to, default: 0] += entries.count }
    }

    var leader: SimulatedNode? {
        nodes.filter { $0.running?.replica.role == .leader }
            .max { $0.running!.replica.currentTerm < $1.running!.replica.currentTerm }
    }

    // MARK: Steps

    /// One small thing happens, drawn at random; time moves a little.
    func advance() throws {
        time.now = time.now.advanced(byNanoseconds: UInt64.random(in: 0..<1_000_000, using: &generator))
        let node = nodes[Int.random(in: 0..<nodes.count, using: &generator)]
        drawFaults(node)
        guard let running = node.running else {
            if generator.chance(faults.restartPercent) { try start(node) }
            return
        }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: try deliver(to: node, running)
        case 1: try syncLog(node, running)
        case 2: try apply(node, running)
        default: break
        }
        if running.isTurnDue || running.clock.deadline.map({ $0 <= time.now }) ?? false {
            running.isTurnDue = false
            running.clock.deadline = nil
            running.replica.turn()
            precondition(
                running.board.staleReads != .served || node.stateMachine.appliedIndex >= node.appliedBeforeCrash,
                "\(node.id) shows its state as of \(node.stateMachine.appliedIndex), and did \(node.appliedBeforeCrash)"
            )
        }
    }

    private func drawFaults(_ node: SimulatedNode) {
        // Both are per mille of the steps, drawn in two stages.
        if faults.crashPercent > 0, node.running != nil, generator.chance(1), generator.chance(faults.crashPercent) {
            crash(node)
        }
        if faults.partitionPercent > 0, generator.chance(1), generator.chance(faults.partitionPercent) {
            let other = nodes[Int.random(in: 0..<nodes.count, using: &generator)]
            cut = cut == nil && other.id != node.id ? (node.id, other.id) : nil
            if cut != nil { partitions += 1 }
        }
        if faults.partitionPercent == 0 { cut = nil }
        if faults.reconnectPercent > 0, generator.chance(1), generator.chance(faults.reconnectPercent) {
            reconnect(node, nodes[Int.random(in: 0..<nodes.count, using: &generator)])
        }
    }

    private func reconnect(_ one: SimulatedNode, _ other: SimulatedNode) {
        guard one.id != other.id, let running = one.running, let otherRunning = other.running else { return }
        reconnects += 1
        network[index(of: one.id) * nodes.count + index(of: other.id)].removeAll()
        network[index(of: other.id) * nodes.count + index(of: one.id)].removeAll()
        running.replica.peerUnreachable(other.id)
        running.replica.linkOpened(to: other.id)
        otherRunning.replica.peerUnreachable(one.id)
        otherRunning.replica.linkOpened(to: one.id)
    }

    private func deliver(to node: SimulatedNode, _ running: SimulatedNode.Running) throws {
        let target = index(of: node.id)
        for source in nodes.indices where source != target {
            let link = source * nodes.count + target
            let count = Int.random(in: 0...network[link].count, using: &generator)
            let messages = Array(network[link].prefix(count))
            network[link].removeFirst(count)
            guard !isCut(nodes[source].id, node.id) else { continue }
            for message in messages where !generator.chance(faults.lossPercent) {
                if let refusal = running.replica.receive(try arrived(message), from: nodes[source].id) {
                    preconditionFailure("\(node.id) refuses a message of a correct node: \(refusal)")
                }
            }
            if !messages.isEmpty { running.isTurnDue = true }
        }
    }

    /// As the transport does: entries are decoded from bytes, and the request is completed from them.
    private func arrived(_ message: PeerMessage) throws -> PeerMessage {
        guard case .raft(var raft, let entries) = message, case .appendEntriesRequest(var request) = raft.body else {
            return message
        }
        var decoded: [Entry] = []
        for entry in entries {
            var bytes = entry.encoded
            decoded.append(try Entry(decoding: &bytes))
        }
        try request.describe(decoded)
        raft.body = .appendEntriesRequest(request)
        return .raft(raft, entries: decoded)
    }

    private func syncLog(_ node: SimulatedNode, _ running: SimulatedNode.Running) throws {
        if !hungReads.contains(node.id) {
            for read in node.log.reads {
                let entries = try node.log.entries(in: read.range, bytesMax: .max)
                running.mailbox.post(LogRead(id: read.id, entries: entries))
            }
            node.log.reads.removeAll()
        }
        guard !hungDisks.contains(node.id) else { return }
        let count = Int.random(in: 0...node.log.jobs.count, using: &generator)
        if let last = try node.log.sync(count) {
            running.mailbox.post(flushed: last.sequence, notice: last.notice)
        }
    }

    private func apply(_ node: SimulatedNode, _ running: SimulatedNode.Running) throws {
        guard !hungApplies.contains(node.id) else { return }
        let jobs = running.applier.jobs
        running.applier.jobs.removeAll()
        try running.worker.apply(jobs)
        // R5 on disk: what the state machine holds is in the durable log.
        precondition(
            node.stateMachine.appliedIndex.rawValue <= UInt64(node.log.durable.count),
            "node \(node.id) applied \(node.stateMachine.appliedIndex), its log has \(node.log.durable.count) entries")
        if generator.chance(2) { node.stateMachine.persisted = node.stateMachine.state }
    }
}
