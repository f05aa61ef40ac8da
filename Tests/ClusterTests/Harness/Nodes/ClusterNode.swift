import Glibc
import Synchronization
import Testing

/// One node of a test: its name, ports and directory, which stay the same when its process is started again.
final class ClusterNode: Sendable {
    let id: String
    let httpPort: Int
    let raftPort: Int
    let directory: String
    let log: NodeLog
    let standardOutput: NodeLog
    /// Settings in addition to raft-sample's four variables.
    let settings: [String: String]
    private let workingDirectory: String
    private let process = Mutex<ChildProcess?>(nil)

    /// A node whose files are below `parent`, with `suffix` in their names: another node may have the same id.
    init(
        id: String, in parent: TemporaryDirectory, suffix: String = "", settings: [String: String] = [:]
    ) throws {
        self.id = id
        self.settings = settings
        httpPort = try FreePorts.take()
        raftPort = try FreePorts.take()
        workingDirectory = parent.path
        directory = parent.path.appending(path: "\(id)\(suffix)_data")
        log = NodeLog(path: parent.path.appending(path: "\(id)\(suffix).log"))
        standardOutput = NodeLog(path: parent.path.appending(path: "\(id)\(suffix).out"))
        try writeFile(log.path, "")
    }

    /// No process outlives its test.
    deinit { current?.kill() }

    var raftAddress: String { "127.0.0.1:\(raftPort)" }
    var current: ChildProcess? { process.withLock { $0 } }
    var isRunning: Bool { current?.isRunning ?? false }
    /// Whether its process has ended although no test asked for that.
    var hasDied: Bool { current?.hasDied ?? false }

    /// The environment of raft-sample's README.
    var environment: [String: String] {
        var environment = ProcessEnvironment.base
        environment["SERVER_PORT"] = "\(httpPort)"
        environment["RAFT_NODE_ID"] = id
        environment["RAFT_PORT"] = "\(raftPort)"
        environment["RAFT_VOL_DIR"] = directory
        return environment.merging(settings) { _, setting in setting }
    }

    // MARK: Life

    /// Starts the process; it is not ready yet. `changes` to the environment are for this start only. Without
    /// `standardErrorPath` its log goes to `log`.
    func start(
        changes: [String: String] = [:], arguments: [String] = [], openFiles: OpenFilesLimit? = nil,
        ignoredSignals: [Int32] = [], closesStandardDescriptors: Bool = false, standardErrorPath: String? = nil
    ) throws {
        precondition(!isRunning, "\(id) runs already")
        let launch = ProcessLauncher.Launch(
            executable: try Programs.skiffd(), arguments: arguments,
            environment: environment.merging(changes) { _, change in change }, workingDirectory: workingDirectory,
            standardOutputPath: standardOutput.path, standardErrorPath: standardErrorPath ?? log.path,
            openFiles: openFiles, ignoredSignals: ignoredSignals,
            closesStandardDescriptors: closesStandardDescriptors)
        let started = try ChildProcess(launch)
        process.withLock { $0 = started }
        NodeLogs.add(self)
    }

    /// `kill -9`.
    func kill() { current?.kill() }

    func send(_ signal: Int32) { current?.send(signal) }

    /// Sends SIGTERM and waits for the end. Nil if the process still runs after `limit`.
    func terminate(within limit: Duration = .seconds(30)) -> ChildProcess.ExitStatus? {
        send(SIGTERM)
        return current?.waitForExit(within: limit)
    }

    func waitUntilReady(within limit: Duration = .seconds(30)) throws {
        try waitUntil("\(id) is ready", within: limit) {
            guard !hasDied else { throw Hopeless(description: "\(id) has ended") }
            return try get("/readyz", timeout: .seconds(5)).status == 200
        }
    }

    // MARK: Requests, each on its own connection

    func connect(timeout: Duration = .seconds(20)) throws -> HTTPConnection {
        try HTTPConnection(port: httpPort, timeout: timeout)
    }

    func perform(_ request: HTTPRequest, timeout: Duration = .seconds(20)) throws -> HTTPResponse {
        try connect(timeout: timeout).perform(request)
    }

    func get(_ target: String, timeout: Duration = .seconds(20)) throws -> HTTPResponse {
        try perform(HTTPRequest("GET", target), timeout: timeout)
    }

    func post(_ target: String, json: String) throws -> HTTPResponse {
        try perform(HTTPRequest(target: target, json: json))
    }

    func put(_ key: String, _ value: String, query: String = "") throws -> HTTPResponse {
        try perform(HTTPRequest("PUT", KeyTarget.v1(key, query: query), body: Array(value.utf8)))
    }

    func read(_ key: String, query: String = "consistency=linearizable") throws -> HTTPResponse {
        try get(KeyTarget.v1(key, query: query))
    }

    func delete(_ key: String, query: String = "") throws -> HTTPResponse {
        try perform(HTTPRequest("DELETE", KeyTarget.v1(key, query: query)))
    }

    /// The statistics of `/raft/stats`.
    func stats(timeout: Duration = .seconds(5)) throws -> RaftStats {
        try RaftStats(get("/raft/stats", timeout: timeout))
    }

    /// Asks this node to join another one to its cluster, like raft-sample's README.
    func join(_ other: ClusterNode, as name: String? = nil, consent: String? = nil) throws -> HTTPResponse {
        let suffix = consent.map { #","force":true,"consent":"\#($0)""# } ?? ""
        return try post(
            "/raft/join", json: #"{"node_id":"\#(name ?? other.id)","raft_address":"\#(other.raftAddress)"\#(suffix)}"#)
    }

    func remove(_ name: String) throws -> HTTPResponse {
        try post("/raft/remove", json: #"{"node_id":"\#(name)"}"#)
    }
}

extension ClusterNode: CustomTestStringConvertible {
    var testDescription: String { id }
}
