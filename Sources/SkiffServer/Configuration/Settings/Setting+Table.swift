internal import HTTPAPI

/// All settings. A new one is an entry here and the field that it sets.
///
/// The names of variables without prefix are those of raft-sample and of common use. `MEMORY` and `EVENT_LOOPS` say
/// nothing about whose they are, so that these two settings are read with the prefix only.
extension Setting: CaseIterable {
    package static let allCases = http + raft + process

    package static let http: [Setting] = [
        Setting("server.host", flag: "http-host", \.httpHost, .listenHost, "Address on which HTTP is served"),
        Setting("server.port", flag: "http-port", \.httpPort, .port, "Port on which HTTP is served"),
        Setting(
            "server.advertise", flag: "http-advertise", \.httpAdvertise, .httpAddress,
            "Address at which clients and other nodes reach this node's HTTP"),
        Setting(
            "server.forward", flag: "forward", \.forward, .choice(.proxy),
            "What a follower does with a request for the leader"),
        Setting(
            "server.legacyStatus", flag: "legacy-status", \.legacyStatus, .choice(.compat, .http),
            "Status of errors on /store and /raft, either raft-sample's 422 (compat) or the one that fits (http)"),
        Setting(
            "server.legacyRead", flag: "legacy-read", \.legacyRead, .choice(.stale, .linearizable),
            "Consistency of GET /store"),
        Setting(
            "server.requestTimeout", flag: "request-timeout", \.requestTimeout,
            .duration(in: .milliseconds(10) ... .seconds(600)),
            "How long a request may take before it is answered with 504"),
        Setting(
            "limits.maxConnections", flag: "max-connections", \.connectionsMax,
            .count(of: "connections", in: 1...1_000_000), "Connections of clients; further ones wait"),
    ]

    package static let raft: [Setting] = [
        Setting(
            "raft.nodeId", flag: "node-id", \.nodeID, .nodeID,
            "Name of this node, unique in its cluster and never changed", defaultInWords: "host name"),
        Setting("raft.host", flag: "raft-host", \.raftHost, .listenHost, "Address on which other nodes are served"),
        Setting("raft.port", flag: "raft-port", \.raftPort, .port, "Port on which other nodes are served"),
        Setting(
            "raft.advertise", flag: "raft-advertise", \.raftAdvertise, .address,
            "Address at which other nodes reach this node"),
        Setting("raft.volDir", flag: "data-dir", \.dataDirectory, .directory, "Directory of this node's data"),
        Setting(
            "raft.bootstrap", flag: "bootstrap", \.bootstrap, .choice(.single, .none),
            "Whether a node without data starts a cluster of its own (single) or waits to be joined (none)"),
        Setting(
            "raft.electionTimeout", flag: "election-timeout", \.electionTimeout,
            .duration(in: .milliseconds(25) ... .seconds(60)),
            "Least time without a leader before a follower campaigns"),
        Setting(
            "raft.heartbeatInterval", flag: "heartbeat-interval", \.heartbeatInterval,
            .duration(in: .milliseconds(5) ... .seconds(10)), "Longest silence of a leader"),
        Setting(
            "raft.preVote", flag: "pre-vote", \.preVote, .boolean,
            "Ask whether an election could be won before the term is raised"),
        Setting(
            "raft.checkQuorum", flag: "check-quorum", \.checkQuorum, .boolean,
            "A leader that no longer hears a majority steps down"),
        Setting(
            "raft.logRetention", flag: "log-retention", \.logRetention,
            .duration(in: .seconds(1) ... .seconds(86_400)),
            "How long a leader keeps what a silent member lacks; after that it gets a snapshot"),
        Setting(
            "raft.snapshotRate", flag: "snapshot-rate", \.snapshotRate, .size(in: (1 << 20)...(1 << 40)),
            "What a node sends of snapshots in a second, to all members together"),
    ]

    package static let process: [Setting] = [
        Setting(
            "memory", flag: "memory", \.memory, .size(in: (128 << 20)...(1 << 40)),
            "Memory for tables, caches and log entries", isPrefixedOnly: true),
        Setting(
            "eventLoops", flag: "event-loops", \.eventLoops, .count(of: "threads", in: 1...256),
            "Threads that serve connections", defaultInWords: "cores minus one, at least 1", isPrefixedOnly: true),
        Setting(
            "shutdown.drain", flag: "shutdown-drain", \.shutdownDrain, .duration(in: .zero ... .seconds(300)),
            "How long requests in progress may take to end at shutdown"),
        Setting(
            "shutdown.timeout", flag: "shutdown-timeout", \.shutdownTimeout,
            .duration(in: .seconds(1) ... .seconds(600)), "When a shutdown is forced"),
        Setting("log.level", flag: "log-level", \.logLevel, .logLevel, "Least severity that is logged"),
        Setting(
            "log.format", flag: "log-format", \.logFormat, .choice(.auto, .text, .json),
            "Form of log lines on standard error; auto is text, with colours on a terminal"),
    ]

    /// Those that say where a node on this machine is asked for its health.
    package static let health: [Setting] = [of(\.httpHost), of(\.httpPort)]
}
