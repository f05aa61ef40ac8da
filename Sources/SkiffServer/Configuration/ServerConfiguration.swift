package import Bytes
package import HTTPAPI
package import Logging

/// Everything an operator decides about one node. Values are in range and consistent with each other; where each came
/// from is kept for messages and for the start banner.
///
/// A value: nothing here opens a file, a socket or a directory. The initial values below are the defaults. How a field
/// is set, and what it may be, stands in `Setting+Table`.
package struct ServerConfiguration: Hashable, Sendable {
    /// How a node without data begins at its first start.
    package enum Bootstrap: String, Hashable, Sendable {
        /// It is a cluster of one, and serves at once.
        case single
        /// It waits until a member of a cluster takes it in.
        case none
    }

    /// How a follower treats a request that only the leader can carry out.
    package enum Forward: String, Hashable, Sendable {
        case proxy
        case redirect
        case never
    }

    package enum LogFormat: String, Hashable, Sendable {
        /// `text`, with colours on a terminal.
        case auto
        case text
        case json
    }

    // MARK: HTTP

    /// nil: all interfaces.
    package var httpHost: String?
    /// 0: any free port.
    package var httpPort = 2221
    /// nil: other nodes take the host at which they see this node, and the port that was bound.
    package var httpAdvertise: HostAndPort?
    package var forward = Forward.proxy
    /// Of errors on `/store` and `/raft`.
    package var legacyStatus = LegacyStatus.compat
    /// Of `GET /store` without a `consistency` parameter.
    package var legacyRead = ReadConsistency.stale
    /// 10 ms to 10 min.
    package var requestTimeout = Duration.seconds(5)

    /// Of clients; at least 1.
    package var connectionsMax = 20_000

    // MARK: Raft

    /// Without a `NodeIDFlaw`.
    package var nodeID: String
    /// nil: all interfaces.
    package var raftHost: String?
    /// 0: any free port.
    package var raftPort = 1111
    /// nil: other nodes report to this node the address at which they see it.
    package var raftAdvertise: HostAndPort?
    /// Relative paths are relative to the working directory.
    package var dataDirectory = "./node_data"
    package var bootstrap = Bootstrap.single
    /// At least five heartbeat intervals.
    package var electionTimeout = Duration.milliseconds(500)
    package var heartbeatInterval = Duration.milliseconds(100)
    package var preVote = true
    package var checkQuorum = true
    /// Of entries that a member lacks which does not answer.
    package var logRetention = Duration.seconds(300)
    /// In bytes. A gigabyte takes less than 20 s, and on two cores a leader with much to write keeps most of its rate.
    package var snapshotRate = 62 << 20

    // MARK: Process

    /// In bytes.
    package var memory = 512 << 20
    /// At least 1.
    package var eventLoops = 1
    package var shutdownDrain = Duration.seconds(2)
    /// Not shorter than `shutdownDrain`.
    package var shutdownTimeout = Duration.seconds(25)
    package var logLevel = Logger.Level.info
    package var logFormat = LogFormat.auto

    // MARK: Origin

    /// Where the settings that differ from their default came from.
    package internal(set) var sources: [Setting: SettingSource] = [:]
    /// Sentences about what was accepted and should be set in another way.
    package internal(set) var warnings: [String] = []

    /// The defaults, for a node of this name.
    package init(nodeID: String) { self.nodeID = nodeID }

    package func source(of setting: Setting) -> SettingSource { sources[setting] ?? .standard }

    /// The setting as its operator knows it: by the name under which it was set, or by those under which it can be.
    func name(of setting: Setting) -> String {
        switch source(of: setting) {
        case .flag: "--\(setting.flag)"
        case .environment(let name): name
        case .file(let path): "\(setting.key) in \(SettingSource.printable(path))"
        case .standard: "--\(setting.flag) or \(setting.variable)"
        }
    }
}
