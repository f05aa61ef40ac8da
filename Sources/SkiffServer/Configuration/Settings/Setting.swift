/// One thing that an operator can set. The raw value is its key in the configuration file; flag and environment
/// variable follow from it, so that the three spellings cannot drift apart.
package enum Setting: String, CaseIterable, Sendable {
    case httpHost = "server.host"
    case httpPort = "server.port"
    case httpAdvertise = "server.advertise"
    case forward = "server.forward"
    case legacyStatus = "server.legacyStatus"
    case legacyRead = "server.legacyRead"
    case requestTimeout = "server.requestTimeout"
    case nodeID = "raft.nodeId"
    case raftHost = "raft.host"
    case raftPort = "raft.port"
    case raftAdvertise = "raft.advertise"
    case dataDirectory = "raft.volDir"
    case bootstrap = "raft.bootstrap"
    case electionTimeout = "raft.electionTimeout"
    case heartbeatInterval = "raft.heartbeatInterval"
    case preVote = "raft.preVote"
    case checkQuorum = "raft.checkQuorum"
    case memory
    case eventLoops
    case shutdownDrain = "shutdown.drain"
    case shutdownTimeout = "shutdown.timeout"
    case logLevel = "log.level"
    case logFormat = "log.format"
}

// MARK: Spellings

extension Setting {
    /// The key in the configuration file, sections separated by dots: `raft.nodeId`.
    package var key: String { rawValue }

    /// The long flag without its two dashes: `node-id`.
    package var flag: String {
        switch self {
        case .httpHost: "http-host"
        case .httpPort: "http-port"
        case .httpAdvertise: "http-advertise"
        case .forward: "forward"
        case .legacyStatus: "legacy-status"
        case .legacyRead: "legacy-read"
        case .requestTimeout: "request-timeout"
        case .nodeID: "node-id"
        case .raftHost: "raft-host"
        case .raftPort: "raft-port"
        case .raftAdvertise: "raft-advertise"
        case .dataDirectory: "data-dir"
        case .bootstrap: "bootstrap"
        case .electionTimeout: "election-timeout"
        case .heartbeatInterval: "heartbeat-interval"
        case .preVote: "pre-vote"
        case .checkQuorum: "check-quorum"
        case .memory: "memory"
        case .eventLoops: "event-loops"
        case .shutdownDrain: "shutdown-drain"
        case .shutdownTimeout: "shutdown-timeout"
        case .logLevel: "log-level"
        case .logFormat: "log-format"
        }
    }

    /// The environment variables that are read, the one that wins first: `SKIFF_RAFT_NODE_ID`, `RAFT_NODE_ID`.
    ///
    /// The names without prefix are those of raft-sample and of common use. `MEMORY` and `EVENT_LOOPS` say nothing
    /// about whose they are, so that these two settings are read with the prefix only.
    package var environmentNames: [String] {
        var name = ""
        for character in key {
            if character.isUppercase { name += "_" }
            name += character == "." ? "_" : character.uppercased()
        }
        return hasPrefixedNameOnly ? ["SKIFF_" + name] : ["SKIFF_" + name, name]
    }

    private var hasPrefixedNameOnly: Bool { self == .memory || self == .eventLoops }
}

// MARK: Documentation

extension Setting {
    /// What the setting is, for `--help`.
    package var summary: String {
        switch self {
        case .httpHost: "Address on which HTTP is served"
        case .httpPort: "Port on which HTTP is served"
        case .httpAdvertise: "Address at which clients and other nodes reach this node's HTTP"
        case .forward: "What a follower does with a request for the leader"
        case .legacyStatus:
            "Status of errors on /store and /raft, either raft-sample's 422 (compat) or the one that fits (http)"
        case .legacyRead: "Consistency of GET /store"
        case .requestTimeout: "How long a request may take before it is answered with 504"
        case .nodeID: "Name of this node, unique in its cluster and never changed"
        case .raftHost: "Address on which other nodes are served"
        case .raftPort: "Port on which other nodes are served"
        case .raftAdvertise: "Address at which other nodes reach this node"
        case .dataDirectory: "Directory of this node's data"
        case .bootstrap: "Whether a node without data starts a cluster of its own (single) or waits to be joined (none)"
        case .electionTimeout: "Least time without a leader before a follower campaigns"
        case .heartbeatInterval: "Longest silence of a leader"
        case .preVote: "Ask whether an election could be won before the term is raised"
        case .checkQuorum: "A leader that no longer hears a majority steps down"
        case .memory: "Memory for tables, caches and log entries"
        case .eventLoops: "Threads that serve connections"
        case .shutdownDrain: "How long requests in progress may take to end at shutdown"
        case .shutdownTimeout: "When a shutdown is forced"
        case .logLevel: "Least severity that is logged"
        case .logFormat: "Form of log lines on standard error"
        }
    }

    /// What a value must look like, as it stands in error messages after "allowed:".
    package var allowed: String {
        switch self {
        case .httpHost, .raftHost: "a host name or address, or * for all interfaces"
        case .httpPort, .raftPort: "1 to 65535, or 0 for any free port"
        case .httpAdvertise: "host:port or http://host:port"
        case .raftAdvertise: "host:port"
        case .forward: "proxy"
        case .legacyStatus: "compat or http"
        case .legacyRead: "stale or linearizable"
        case .requestTimeout: "a duration from 10ms to 10m, such as 5s"
        case .nodeID: "1 to 255 printable ASCII characters without spaces"
        case .dataDirectory: "the path of a directory, which is created if absent"
        case .bootstrap: "single or none"
        case .electionTimeout: "a duration from 25ms to 1m, such as 500ms"
        case .heartbeatInterval: "a duration from 5ms to 10s, such as 100ms"
        case .preVote, .checkQuorum: "true or false"
        case .memory: "a size from 128MiB to 1TiB, such as 512MiB"
        case .eventLoops: "1 to 256"
        case .shutdownDrain: "a duration from 0s to 5m, such as 2s"
        case .shutdownTimeout: "a duration from 1s to 10m, such as 25s"
        case .logLevel: "trace, debug, info, notice, warning, error or critical"
        case .logFormat: "auto or text"
        }
    }

    /// The default as a user would write it, or a description in words where it depends on the machine.
    package var defaultText: String {
        switch self {
        case .httpHost, .raftHost: "*"
        case .httpPort: "2221"
        case .httpAdvertise: "learned from other nodes"
        case .forward: "proxy"
        case .legacyStatus: "compat"
        case .legacyRead: "stale"
        case .requestTimeout: "5s"
        case .nodeID: "host name"
        case .raftPort: "1111"
        case .raftAdvertise: "learned from other nodes"
        case .dataDirectory: "./node_data"
        case .bootstrap: "single"
        case .electionTimeout: "500ms"
        case .heartbeatInterval: "100ms"
        case .preVote, .checkQuorum: "true"
        case .memory: "512MiB"
        case .eventLoops: "cores minus one, at least 1"
        case .shutdownDrain: "2s"
        case .shutdownTimeout: "25s"
        case .logLevel: "info"
        case .logFormat: "auto"
        }
    }
}
