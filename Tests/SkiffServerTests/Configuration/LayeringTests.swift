import HTTPAPI
import Logging
import Testing

@testable import SkiffServer

@Suite("Layers of the configuration")
struct LayeringTests {
    @Test("Without flags, variables and file, every setting has its documented default")
    func defaults() async throws {
        let configuration = try await load()

        #expect(configuration.nodeID == "host-a")
        #expect(configuration.httpHost == nil)
        #expect(configuration.httpPort == 2221)
        #expect(configuration.raftHost == nil)
        #expect(configuration.raftPort == 1111)
        #expect(configuration.httpAdvertise == nil)
        #expect(configuration.raftAdvertise == nil)
        #expect(configuration.dataDirectory == "./node_data")
        #expect(configuration.bootstrap == .single)
        #expect(configuration.electionTimeout == .milliseconds(500))
        #expect(configuration.heartbeatInterval == .milliseconds(100))
        #expect(configuration.preVote)
        #expect(configuration.checkQuorum)
        #expect(configuration.logRetention == .seconds(300))
        #expect(configuration.snapshotRate == 62 << 20)
        #expect(configuration.forward == .proxy)
        #expect(configuration.legacyStatus == .compat)
        #expect(configuration.legacyRead == .stale)
        #expect(configuration.requestTimeout == .seconds(5))
        #expect(configuration.connectionsMax == 20_000)
        #expect(configuration.memory == 512 << 20)
        #expect(configuration.eventLoops == 7)
        #expect(configuration.shutdownDrain == .seconds(2))
        #expect(configuration.shutdownTimeout == .seconds(25))
        #expect(configuration.logLevel == .info)
        #expect(configuration.logFormat == .auto)
        #expect(configuration.sources.isEmpty)
        #expect(configuration.warnings.isEmpty)
    }

    @Test("A documented default, given as a flag, changes nothing")
    func documentedDefaults() async throws {
        let inWords: Set<Setting> = [.httpAdvertise, .nodeID, .raftAdvertise, .eventLoops]
        var flags: [Setting: String] = [:]
        for setting in Setting.allCases where !inWords.contains(setting) { flags[setting] = setting.defaultText }

        var given = try await load(flags: flags)
        given.sources = [:]

        #expect(try await load() == given)
    }

    @Test("The four variables of raft-sample configure a node")
    func raftSampleVariables() async throws {
        let configuration = try await load(environment: [
            "SERVER_PORT": "2222", "RAFT_NODE_ID": "node2", "RAFT_PORT": "1112", "RAFT_VOL_DIR": "node_2_data",
        ])

        #expect(configuration.httpPort == 2222)
        #expect(configuration.nodeID == "node2")
        #expect(configuration.raftPort == 1112)
        #expect(configuration.dataDirectory == "node_2_data")
        #expect(configuration.source(of: .httpPort) == .environment("SERVER_PORT"))
        #expect(configuration.source(of: .raftHost) == .standard)
    }

    @Test("A flag wins over a prefixed variable, this over a plain one, this over the file, this over the default")
    func precedence() async throws {
        let key = "raft:\n  nodeId: from-file\n"
        let plain = ["RAFT_NODE_ID": "from-plain"]
        let prefixed = plain.merging(["SKIFF_RAFT_NODE_ID": "from-prefixed"]) { $1 }

        try await withFile(key) { path in
            let fromFlag = try await load(flags: [.nodeID: "from-flag"], configFile: path, environment: prefixed)
            #expect(fromFlag.nodeID == "from-flag")
            #expect(fromFlag.source(of: .nodeID) == .flag)

            let fromPrefixed = try await load(configFile: path, environment: prefixed)
            #expect(fromPrefixed.nodeID == "from-prefixed")
            #expect(fromPrefixed.source(of: .nodeID) == .environment("SKIFF_RAFT_NODE_ID"))

            let fromPlain = try await load(configFile: path, environment: plain)
            #expect(fromPlain.nodeID == "from-plain")

            let fromFile = try await load(configFile: path)
            #expect(fromFile.nodeID == "from-file")
            #expect(fromFile.source(of: .nodeID) == .file(path))
        }
    }

    @Test("Every setting is read from its flag, from each of its variables and from its key in the file")
    func everySpelling() async throws {
        for setting in Setting.allCases {
            let value = Self.unusual[setting, default: ""]
            let byFlag = try await load(flags: [setting: value])
            #expect(byFlag.sources == [setting: .flag], "flag of \(setting)")

            for name in setting.environmentNames {
                let byVariable = try await load(environment: [name: value])
                #expect(byVariable.sources == [setting: .environment(name)], "variable \(name)")
            }

            let path = setting.key.split(separator: ".")
            let text = path.count == 2 ? "\(path[0]):\n  \(path[1]): \(value)\n" : "\(setting.key): \(value)\n"
            try await withFile(text) { path in
                let byFile = try await load(configFile: path)
                #expect(byFile.sources == [setting: .file(path)], "key \(setting.key)")
                var plain = byFile
                plain.sources = [:]
                let changes = try await load() != plain
                #expect(changes || setting == .forward, "\(setting.key): \(value) changes nothing")
            }
        }
    }

    /// For each setting an allowed value that is not its default; `forward` has only one yet.
    private static let unusual: [Setting: String] = [
        .httpHost: "127.0.0.1", .httpPort: "80", .httpAdvertise: "http://a:80", .forward: "proxy",
        .legacyStatus: "http", .legacyRead: "linearizable", .requestTimeout: "1s",
        .connectionsMax: "500", .nodeID: "node9",
        .raftHost: "localhost", .raftPort: "1234", .raftAdvertise: "b:1", .dataDirectory: "/var/lib/skiff",
        .bootstrap: "none", .electionTimeout: "2s", .heartbeatInterval: "20ms",
        .preVote: "false", .checkQuorum: "false", .logRetention: "1h",
        .snapshotRate: "8MiB",
        .memory: "1GiB", .eventLoops: "3", .shutdownDrain: "0s", .shutdownTimeout: "1m", .logLevel: "debug",
        .logFormat: "text",
    ]

    @Test("MEMORY and EVENT_LOOPS belong to somebody else; only the prefixed names are read")
    func namesWithoutOwner() async throws {
        let configuration = try await load(environment: ["MEMORY": "lots", "EVENT_LOOPS": "many"])

        #expect(configuration.sources.isEmpty)
        #expect(Setting.memory.environmentNames == ["SKIFF_MEMORY"])
    }

    @Test("An empty variable counts as unset")
    func emptyVariable() async throws {
        let configuration = try await load(environment: ["RAFT_NODE_ID": "", "SERVER_PORT": "\"\""])

        #expect(configuration.nodeID == "host-a")
        #expect(configuration.httpPort == 2221)
    }

    @Test("One core still has one event loop")
    func oneCore() async throws {
        let configuration = try await load(host: HostFacts(hostName: "h", coreCount: 1))

        #expect(configuration.eventLoops == 1)
    }
}
