@testable import SkiffServer

/// The settings by the names of the fields that they set, so that a test reads `.httpPort`.
extension Setting {
    static var httpHost: Setting { of(\.httpHost) }
    static var httpPort: Setting { of(\.httpPort) }
    static var httpAdvertise: Setting { of(\.httpAdvertise) }
    static var forward: Setting { of(\.forward) }
    static var legacyStatus: Setting { of(\.legacyStatus) }
    static var legacyRead: Setting { of(\.legacyRead) }
    static var requestTimeout: Setting { of(\.requestTimeout) }
    static var connectionsMax: Setting { of(\.connectionsMax) }
    static var nodeID: Setting { of(\.nodeID) }
    static var raftHost: Setting { of(\.raftHost) }
    static var raftPort: Setting { of(\.raftPort) }
    static var raftAdvertise: Setting { of(\.raftAdvertise) }
    static var dataDirectory: Setting { of(\.dataDirectory) }
    static var bootstrap: Setting { of(\.bootstrap) }
    static var electionTimeout: Setting { of(\.electionTimeout) }
    static var heartbeatInterval: Setting { of(\.heartbeatInterval) }
    static var preVote: Setting { of(\.preVote) }
    static var checkQuorum: Setting { of(\.checkQuorum) }
    static var logRetention: Setting { of(\.logRetention) }
    static var snapshotRate: Setting { of(\.snapshotRate) }
    static var memory: Setting { of(\.memory) }
    static var eventLoops: Setting { of(\.eventLoops) }
    static var shutdownDrain: Setting { of(\.shutdownDrain) }
    static var shutdownTimeout: Setting { of(\.shutdownTimeout) }
    static var logLevel: Setting { of(\.logLevel) }
    static var logFormat: Setting { of(\.logFormat) }
}
