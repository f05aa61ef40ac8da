internal import HTTPAPI
internal import HotPath
internal import NodeControl
internal import PeerTransport
internal import Programs
internal import RaftCore
internal import Storage

/// The configuration as the adapters take it.
extension ServerConfiguration {
    var raftSettings: RaftSettings {
        var settings = RaftSettings()
        settings.electionTimeoutNanosecondsMin = electionTimeout.nanoseconds
        settings.heartbeatIntervalNanoseconds = heartbeatInterval.nanoseconds
        settings.disconnectedElectionTimeoutNanosecondsMin = max(electionTimeout.nanoseconds / 10, 1)
        settings.transferTimeoutNanoseconds = max(1_000_000_000, 2 * electionTimeout.nanoseconds)
        settings.preVote = preVote
        settings.checkQuorum = checkQuorum
        settings.featureLevel = TestedFeatureLevel.known ?? settings.featureLevel
        return settings
    }

    /// Where this node says that others reach it.
    var addresses: AnnouncedAddresses {
        AnnouncedAddresses(
            raftHost: raftHost, raftPort: raftPort, raftAdvertise: raftAdvertise, httpHost: httpHost,
            httpPort: httpPort, httpAdvertise: httpAdvertise)
    }

    /// For a process that may have `openFilesMax` files open.
    func nodeSettings(startID: UInt64, openFilesMax: Int) -> NodeSettings {
        var transport = PeerTransportSettings(seed: startID)
        transport.election = electionSettings
        transport.snapshotBytesPerSecondMax = snapshotRate
        transport.unauthenticatedConnectionsMax =
            OpenFileBudget.unauthenticatedConnectionsMax(limit: openFilesMax)
        var settings = NodeSettings(
            nodeID: NodeID(nodeID), addresses: addresses, raft: raftSettings, replica: replicaSettings,
            transport: transport, softwareVersion: Release.version)
        settings.announcedFeatureLevel = TestedFeatureLevel.announced ?? settings.announcedFeatureLevel
        return settings
    }

    var electionSettings: ElectionSettings {
        var settings = ElectionSettings()
        settings.timeoutNanoseconds = electionTimeout.nanoseconds
        settings.heartbeatNanoseconds = heartbeatInterval.nanoseconds
        settings.preVote = preVote
        settings.checkQuorum = checkQuorum
        return settings
    }

    /// The ring takes an eighth of the memory and keeps an eighth of that when it is at rest. The replica gives up
    /// after the HTTP API.
    var replicaSettings: ReplicaSettings {
        var settings = ReplicaSettings()
        settings.entryRingBytesMax = memory / 8
        settings.entryRingBytesKept = memory / 64
        settings.logStallNanoseconds = raftSettings.electionTimeoutNanosecondsMin * 2
        settings.answerWaitNanoseconds = requestTimeout.nanoseconds + 1_000_000_000
        var compaction = CompactionSettings(logMemTableBytes: storageOptions.logMemTableBytesMin)
        // A member that answers heartbeats is not silent between two of them.
        compaction.awayNanoseconds = max(logRetention.nanoseconds, electionTimeout.nanoseconds * 2)
        settings.compaction = compaction
        return settings
    }

    var storageOptions: StorageOptions {
        var options = StorageOptions()
        options.memoryBytes = memory
        options.cutsLog = true
        return options
    }
}

extension HTTPServerSettings {
    init(_ configuration: ServerConfiguration) {
        self.init()
        host = configuration.httpHost ?? ""
        port = configuration.httpPort
        connectionsMax = configuration.connectionsMax
        requestTimeoutMilliseconds = configuration.requestTimeout.nanoseconds / 1_000_000
        legacyStatus = configuration.legacyStatus
        legacyRead = configuration.legacyRead
        version = Release.version
    }
}

extension Duration {
    /// 0 for a negative duration. Precondition: less than 500 years.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
