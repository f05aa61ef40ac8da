internal import HotPath
internal import RaftCore

/// The constants of one simulated cluster, drawn from its seed: small limits, so that each of them is met.
struct SimulationSettings {
    var voters = 3
    var raft = RaftSettings()
    var replica = ReplicaSettings()
    var weather = Weather()
    /// By node, how much too fast its clock is, in parts per million.
    var drifts: [Int64] = []
    var clients = 4
    /// The time between two bursts of one client, in nanoseconds.
    var thinkMin: UInt64 = 1_000_000
    var thinkMax: UInt64 = 20_000_000
    /// Operations of one burst.
    var burstMax = 4
    /// After this long a client gives up, in nanoseconds.
    var patience: UInt64 = 900_000_000
    var storage = StorageSettings()
    /// The logs of nodes are cut off at their beginning after this many bytes, or never if this is 0 …
    var compactionBytes = 0
    /// … or after this time, in nanoseconds, …
    var compactionInterval: UInt64 = 1_000_000_000
    /// … and this much of their end stays, in bytes.
    var compactionTailBytes = 1_024
    /// A member that lacks no more of the log than this is served from it, in bytes, …
    var compactionBacklogBytes = 256 << 20
    /// … and for this time after it was heard, in nanoseconds.
    var compactionAway: UInt64 = 300_000_000_000
    /// Bare cores, which compact their logs, instead of whole nodes.
    var hasBareCores = false
    /// Nodes with their real transport and control plane; `voters` is how many there are.
    var hasControlPlane = false
    /// Nodes that found a cluster of one when they first start; bit n is node n. The others wait to be taken in. The
    /// first node, whose cluster is to become that of all, is always one of them.
    var founders = 1
    /// Nodes that announce the address on which they listen; others learn theirs from whoever sees them.
    var announcers = 0
    /// Nodes whose name a further machine carries too, which follows after the others.
    var namesakes = 0

    /// How many machines there are.
    var machines: Int { voters + namesakes.nonzeroBitCount }

    /// The longest election timeout.
    var electionTimeoutMax: UInt64 { 2 * raft.electionTimeoutNanosecondsMin }

    init() {
        raft.electionTimeoutNanosecondsMin = 150_000_000
        raft.heartbeatIntervalNanoseconds = 40_000_000
        raft.disconnectedElectionTimeoutNanosecondsMin = 20_000_000
        raft.transferTimeoutNanoseconds = 200_000_000
        raft.promotionLagEntriesMax = 10
        raft.memberCountMax = 6
        replica.leaderWaitNanoseconds = 400_000_000
        replica.answerWaitNanoseconds = 800_000_000
        replica.readRetryNanoseconds = 60_000_000
        replica.retryNanoseconds = 10_000_000
        replica.logStallNanoseconds = 300_000_000
        replica.linkTrimNanoseconds = 200_000_000
        replica.entryRingBytesKept = 1 << 20
        replica.snapshotPauseNanosecondsMin = 20_000_000
        replica.snapshotPauseNanosecondsMax = 320_000_000
        replica.comparisonIntervalNanoseconds = 0
        replica.comparisonWaitNanoseconds = 400_000_000
    }

    /// Draws everything that may differ between clusters.
    init(drawnFrom draw: inout Draw, profile: Profile) {
        self.init()
        voters = draw.chance(perMille: 650) ? 3 : 5
        raft.messageEntriesMax = draw.chance(perMille: 500) ? 256 : 1 + draw.below(8)
        raft.messageBytesMax = draw.chance(perMille: 500) ? 1 << 20 : 150 + draw.below(2_000)
        raft.inflightMessagesMax = draw.chance(perMille: 500) ? 256 : 1 + draw.below(6)
        raft.inflightBytesMax = draw.chance(perMille: 500) ? 8 << 20 : 400 + draw.below(4_000)
        raft.preVote = draw.chance(perMille: 900)
        raft.checkQuorum = draw.chance(perMille: 850)
        if draw.chance(perMille: 500) {
            replica.entryRingBytesKept = 512 << draw.below(6)
            replica.entryRingBytesMax = 2 * replica.entryRingBytesKept
        }
        if draw.chance(perMille: 200) { replica.unappliedBytesMax = 1_000 << draw.below(6) }
        if draw.chance(perMille: 200) {
            replica.forwardCommandsMax = 1 + draw.below(6)
            replica.forwardBytesMax = 100 << draw.below(6)
        }
        if draw.chance(perMille: 200) {
            replica.commandsPerEntryMax = 1 + draw.below(6)
            replica.entryPayloadBytesTarget = 100 << draw.below(6)
        }
        weather = Weather(drawnFrom: &draw, profile: profile)
        let hasDrift = draw.chance(perMille: 400)
        for _ in 0..<Schedule.nodeCountMax { drifts.append(hasDrift ? Int64(draw.within(-100_000...100_000)) : 0) }
        clients = draw.within(3...6)
        thinkMin = draw.spread(5_000_000...25_000_000)
        thinkMax = thinkMin * UInt64(draw.within(1...4))
        burstMax = draw.chance(perMille: 400) ? 1 : draw.within(2...12)
        storage = StorageSettings(drawnFrom: &draw)
        replica.comparisonIntervalNanoseconds = draw.spread(50_000_000...250_000_000)
        replica.comparisonBytes = 256 << draw.below(6)
        hasBareCores = profile == .snapshots
        if profile.hasControlPlane { drawControlPlane(&draw) }
        if profile == .namesakes { namesakes = 1 << (draw.chance(perMille: 500) ? 0 : draw.below(voters)) }
        if !hasBareCores { drawCompaction(&draw) }
    }

    private mutating func drawCompaction(_ draw: inout Draw) {
        guard draw.chance(perMille: 700) else { return }
        compactionBytes = 300 << draw.below(6)
        compactionTailBytes = draw.chance(perMille: 300) ? 0 : 100 << draw.below(6)
        compactionInterval = draw.spread(50_000_000...2_000_000_000)
        compactionBacklogBytes = 100 << draw.below(8)
        compactionAway = draw.spread(10_000_000...500_000_000)
    }

    /// How the logs of nodes get shorter at their beginning; nil if they do not.
    var compaction: CompactionSettings? {
        guard compactionBytes > 0 else { return nil }
        var compaction = CompactionSettings(logMemTableBytes: compactionBytes)
        compaction.intervalBytes = compactionBytes
        compaction.intervalNanoseconds = compactionInterval
        compaction.tailBytes = compactionTailBytes
        compaction.retryNanoseconds = compactionInterval / 4
        compaction.laggingBytesMax = compactionBacklogBytes
        compaction.awayNanoseconds = compactionAway
        compaction.assumedEntryBytes = 64
        // Messages between whole nodes pass no transport, which would ask for the level of a release with snapshots.
        if !hasControlPlane { compaction.featureLevelMin = FeatureLevel.first }
        return compaction
    }

    private mutating func drawControlPlane(_ draw: inout Draw) {
        hasControlPlane = true
        voters = draw.within(3...5)
        for number in 0..<Schedule.nodeCountMax {
            if draw.chance(perMille: 650) { founders |= 1 << number }
            if draw.chance(perMille: 700) { announcers |= 1 << number }
        }
        weather.loss /= 4
        weather.splits = draw.chance(perMille: 500) ? draw.below(400) : 0
    }
}

extension Weather {
    fileprivate init(drawnFrom draw: inout Draw, profile: Profile) {
        delayMin = draw.spread(20_000...2_000_000)
        delayMax = delayMin * UInt64(draw.within(1...12))
        syncMin = draw.spread(50_000...2_000_000)
        syncMax = syncMin * UInt64(draw.within(1...20))
        guard profile.hasRoughWeather else { return }
        loss = draw.chance(perMille: 300) ? draw.below(80) : 0
        duplication = draw.chance(perMille: 300) ? draw.below(150) : 0
        replay = draw.chance(perMille: 300) ? draw.below(40) : 0
        isUnordered = draw.chance(perMille: 250)
        slowSync = draw.chance(perMille: 200) ? draw.below(10) : 0
    }
}
