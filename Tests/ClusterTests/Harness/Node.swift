import Foundation
import Glibc
import Synchronization
import Testing

/// One node of a test: its name, ports and directory, which stay the same however often its process is started.
final class Node: Sendable {
    let id: String
    let httpPort: Int
    let raftPort: Int
    let directory: String
    let log: NodeLog
    let standardOutput: NodeLog
    /// Settings beside raft-sample's four variables.
    let settings: [String: String]
    private let workingDirectory: String
    private let process = Mutex<NodeProcess?>(nil)

    /// A node whose files are below `parent`.
    init(id: String, in parent: TemporaryDirectory, settings: [String: String] = [:]) throws {
        self.id = id
        self.settings = settings
        httpPort = try FreePorts.take()
        raftPort = try FreePorts.take()
        workingDirectory = parent.path
        directory = parent.path.appending(path: "\(id)_data")
        log = NodeLog(path: parent.path.appending(path: "\(id).log"))
        standardOutput = NodeLog(path: parent.path.appending(path: "\(id).out"))
        try writeFile(log.path, "")
    }

    /// No process outlives its test.
    deinit { current?.kill() }

    var raftAddress: String { "127.0.0.1:\(raftPort)" }
    var current: NodeProcess? { process.withLock { $0 } }
    var isRunning: Bool { current?.isRunning ?? false }
    /// Its process has ended without being told to.
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

    /// Starts the process; it is not ready yet. `changes` to the environment are for this start only.
    func start(changes: [String: String] = [:], arguments: [String] = []) throws {
        precondition(!isRunning, "\(id) runs already")
        let launch = ProcessLauncher.Launch(
            executable: try Programs.skiffd(), arguments: arguments,
            environment: environment.merging(changes) { _, change in change }, workingDirectory: workingDirectory,
            standardOutputPath: standardOutput.path, standardErrorPath: log.path)
        let started = try NodeProcess(launch)
        process.withLock { $0 = started }
        NodeLogs.add(self)
    }

    /// `kill -9`.
    func kill() { current?.kill() }

    func send(_ signal: Int32) { current?.send(signal) }

    /// SIGTERM, and waits for the end. Nil if the process runs on.
    func terminate(within limit: Duration = .seconds(10)) -> NodeProcess.ExitStatus? {
        send(SIGTERM)
        return current?.waitForExit(within: limit)
    }

    func waitUntilReady(within limit: Duration = .seconds(30)) throws {
        try waitUntil("\(id) is ready", within: limit) {
            guard !hasDied else { throw Hopeless(description: "\(id) has ended") }
            return try get("/readyz", timeout: .seconds(5)).status == 200
        }
    }

    // MARK: Requests, each on a connection of its own

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

    /// What `/raft/stats` says.
    func stats(timeout: Duration = .seconds(5)) throws -> RaftStats {
        try RaftStats(get("/raft/stats", timeout: timeout))
    }

    /// Asks this node to take another one in, as raft-sample's README does.
    func join(_ other: Node, as name: String? = nil, force: Bool = false) throws -> HTTPResponse {
        let suffix = force ? #","force":true"# : ""
        return try post(
            "/raft/join", json: #"{"node_id":"\#(name ?? other.id)","raft_address":"\#(other.raftAddress)"\#(suffix)}"#)
    }

    func remove(_ name: String) throws -> HTTPResponse {
        try post("/raft/remove", json: #"{"node_id":"\#(name)"}"#)
    }
}

extension Node: CustomTestStringConvertible {
    var testDescription: String { id }
}

/// What a node's process gets from the environment of the test: what a program needs to run, and no settings.
enum ProcessEnvironment {
    static let base: [String: String] = ProcessInfo.processInfo.environment.filter { name, _ in
        ["PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH"].contains(name)
    }
}

/// The object `data` of `/raft/stats`, whose values are all strings.
struct RaftStats: Sendable {
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    let values: [String: String]

    init(_ response: HTTPResponse) throws(Unreadable) {
        guard response.status == 200, let data = response.json["data"] as? [String: String] else {
            throw Unreadable(description: "no statistics in \(response.testDescription)")
        }
        values = data
    }

    subscript(name: String) -> String { values[name] ?? "" }
    var state: String { self["state"] }
    var term: UInt64 { UInt64(self["term"]) ?? 0 }
    var appliedIndex: UInt64 { UInt64(self["applied_index"]) ?? 0 }
    var configuration: String { self["latest_configuration"] }
}
