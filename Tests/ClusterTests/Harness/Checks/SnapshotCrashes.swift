import Testing

/// Three nodes, one of which, the receiver, lags so far behind again and again that it needs a snapshot, and the kills
/// of nodes meanwhile.
final class SnapshotCrashes {
    /// Which log and data the directory of the receiver has.
    enum State: String {
        case old, new
    }

    private static let valueCount = 7
    /// Most of each large value: bytes that do not compress, so that as many reach the disk.
    private static let noise: [UInt8] = {
        var generator = SystemRandomNumberGenerator()
        return (0..<600_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }()

    let cluster: TestCluster
    private let crashes: TransferCrashes
    private var round = 0
    /// What `GET /v1/hash` says after an entry, on any node.
    private var known: [Int: String] = [:]
    /// The last entry of the receiver before it had to be sent a snapshot.
    private var lastIndexBefore = 0

    private init(_ cluster: TestCluster, _ crashes: TransferCrashes) {
        self.cluster = cluster
        self.crashes = crashes
    }

    /// Runs a test with a receiver that does not run and needs a snapshot.
    static func with(_ body: (SnapshotCrashes) throws -> Void) throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let crashes = try TransferCrashes(in: directory)
        // The least memory: the log is cut every 3 MiB. And nothing is kept for the receiver for long.
        let settings = crashes.environment.merging(["SKIFF_MEMORY": "128MiB", "RAFT_LOG_RETENTION": "1s"]) { $1 }
        try TestCluster.with(settings: settings) { cluster in
            let trio = SnapshotCrashes(cluster, crashes)
            try trio.lagBehind()
            try body(trio)
        }
    }

    var receiver: ClusterNode { cluster[2] }
    var senders: [ClusterNode] { Array(cluster.nodes.prefix(2)) }

    // MARK: Lagging

    /// Has the receiver stopped and in need of a snapshot. Without effect if it is so already.
    func lagBehind() throws {
        guard lastIndexBefore == 0 else { return }
        if !receiver.isRunning { try receiver.start() }
        try receiver.waitUntilReady()
        lastIndexBefore = try #require(Int(receiver.stats()["last_log_index"]))
        receiver.kill()
        while try senders.contains(where: { try !needsSnapshot(from: $0) }) { try write() }
    }

    private func needsSnapshot(from sender: ClusterNode) throws -> Bool {
        try Int(sender.stats()["last_snapshot_index"]).map { $0 > lastIndexBefore } == true
    }

    /// Overwrites all that there is, and notes what stands for the data after that.
    private func write() throws {
        round += 1
        let leader = try cluster.leader(among: senders)
        let connection = try leader.connect(timeout: .seconds(60))
        let lines = (0..<500).map { #"{"put":{"key":"small/\#($0)","value":"\#(round)"}}"# }
        var requests = [
            HTTPRequest("POST", "/v1/batch?atomic=true", body: Array(lines.joined(separator: "\n").utf8))
        ]
        for number in 0..<Self.valueCount {
            let value = Array("\(round) ".utf8) + Self.noise
            requests.append(HTTPRequest("PUT", KeyTarget.v1("large/\(number)"), body: value))
        }
        for request in requests {
            let answer = try connection.perform(request)
            try #require(answer.status == 200, "\(answer.testDescription)")
        }
        try look(at: leader)
    }

    // MARK: Kills

    /// Lets the receiver fetch until one of `nodes` is killed at `place`, and starts that again unless it is the
    /// receiver.
    func kill(_ nodes: [ClusterNode], at place: TransferCrashes.Place) throws {
        var killed: ClusterNode?
        // A node may have come past the place before it was set, which a busy machine causes.
        for _ in 0..<3 where killed == nil {
            try lagBehind()
            for node in nodes { try crashes.set(place, for: node) }
            if !receiver.isRunning { try receiver.start() }
            for node in nodes { node.current?.expectEnd() }
            try awaitEnd(of: nodes)
            killed = nodes.first { !$0.isRunning }
            for node in nodes { try crashes.set(nil, for: node) }
        }
        let victim = try #require(killed, "nobody came to the place: \(place)")
        #expect(victim.current?.exitStatus == .signal(9), "\(place)")
        guard victim !== receiver else { return }
        try victim.start()
        try waitUntil("\(victim.id) runs") { try look(at: victim) }
    }

    /// Starts a node with settings that kill it somewhere. False if it was not killed before it had the snapshot.
    func isKilled(_ node: ClusterNode, with changes: [String: String]) throws -> Bool {
        try node.start(changes: changes)
        node.current?.expectEnd()
        try awaitEnd(of: [node])
        #expect(node.isRunning || node.current?.exitStatus == .signal(9))
        return !node.isRunning
    }

    /// Returns when one of the nodes has ended, or else the receiver has everything.
    private func awaitEnd(of nodes: [ClusterNode]) throws {
        try waitUntil("\(nodes.map(\.id)) came to the place", within: .seconds(30)) {
            if nodes.contains(where: { !$0.isRunning }) { return true }
            return try look(at: receiver) && hasEverything()
        }
    }

    private func hasEverything() throws -> Bool {
        guard try Int(receiver.stats()["applied_index"]).map({ $0 > lastIndexBefore }) == true,
            try receiver.get("/readyz").status == 200
        else { return false }
        lastIndexBefore = 0
        return true
    }

    /// The receiver gets the snapshot now, and all have the same data.
    func expectCompletion() throws {
        // Perhaps it would still be killed somewhere.
        receiver.kill()
        try receiver.start()
        for node in cluster.nodes { try node.waitUntilReady() }
        try cluster.expectSameData()
        lastIndexBefore = 0
    }

    // MARK: States

    /// Whether the node answers. Its data are those of all other nodes after the same entry.
    @discardableResult
    private func look(at node: ClusterNode) throws -> Bool {
        let answer = try node.get("/v1/hash")
        guard answer.status == 200, let index = answer.json["index"] as? Int else { return false }
        #expect(known[index, default: answer.text] == answer.text, "\(node.id) in round \(round)")
        known[index] = answer.text
        return true
    }

    /// What the receiver, which does not run, has on its disk.
    func stateOnDisk() throws -> State {
        let meta = try #require(receiver.inspect("meta").first)
        #expect(meta["problems"] as? [String] == [], "\(meta)")
        // The log and the data are replaced together.
        let isNew = ["compacted", "applied"].map { name in
            (meta[name] as? [String: Int])?["index"].map { $0 > lastIndexBefore } == true
        }
        #expect(isNew[0] == isNew[1], "\(meta)")
        if isNew[0] { lastIndexBefore = 0 }
        return isNew[0] ? .new : .old
    }
}
