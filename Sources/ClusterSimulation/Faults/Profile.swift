package import RaftCore

/// Which faults a seed may draw.
package enum Profile: String, CaseIterable, Sendable {
    /// Everything that a correct cluster must survive with all that it promises.
    case swarm
    /// Whole runs without membership changes, with short and frequent faults.
    case failovers
    /// Members come and go, leadership is handed on, nodes stop and start.
    case membership
    /// Disks that go back to an older copy of themselves, one at a time, while nothing else fails but the network, and
    /// the leader when there is nothing that only it knows.
    case lostData = "lost-data"
    /// `swarm` with nodes that are exchanged for later releases, which know a higher feature level, and back.
    case upgrades
    /// A disk that changes what it holds, as often as nobody notices, or whose database goes back, while nothing else
    /// fails but the network.
    case damage
    /// `failovers` with one node whose data change by themselves: comparisons must find it, and only it.
    case rot
    /// Nodes that begin alone or empty become one cluster by real joins over real connections, which break off at each
    /// step; removals and joins anew.
    case joins
    /// `joins` with machines that come back with an empty disk, as few as the others can do without.
    case wipedDisks = "wiped-disks"
    /// `joins` with a second machine that carries the name of another one.
    case namesakes
    /// Bare cores, whose logs are compacted all the time.
    case snapshots

    /// Those that a run without a profile takes in turn. `damage` is not among them: it ends many nodes for good, so
    /// that most of its seeds are weak.
    package static let standard: [Profile] = [
        .swarm, .membership, .failovers, .swarm, .joins, .membership, .snapshots, .swarm, .wipedDisks, .membership,
        .failovers, .swarm, .namesakes, .snapshots, .lostData, .upgrades, .rot,
    ]

    /// Kinds that every seed has, as many times as they are to be drawn more often than others: what a run without them
    /// would be weak for.
    func essentials(_ draw: inout Draw) -> [FaultKind] {
        var ends = [FaultKind.crashLeader, .isolateLeader, .pause, .powerLoss]
        if self != .snapshots { ends.append(.power) }
        let end = ends[draw.below(ends.count)]
        return switch self {
        case .swarm, .failovers: [end, .crashLeader, .straggle]
        case .membership: [end, .crashLeader, .members, .members, .members, .transfer]
        case .snapshots:
            [end, .crashLeader, .crash, .isolate, .members] + Array(repeating: .compact, count: 8)
        case .lostData: [.oldDisk, .oldDisk, .oldDisk, .rival, .rival, .breakLink, .crashLeader, .transfer]
        case .upgrades: [end, .crashLeader, .members, .release, .release, .release, .raiseLevel]
        case .damage: [.flipBit, .flipBit, .flipBit, .cutFile, .oldDatabase, .breakLink]
        case .rot: [.rot, .rot, .crashLeader, .straggle]
        case .joins: [end, .crashLeader] + Array(repeating: .join, count: 5) + [.leave, .leave]
        case .namesakes:
            [end, .crashLeader] + Array(repeating: .join, count: 5) + Array(repeating: .exchange, count: 3)
        case .wipedDisks:
            [end, .crashLeader, .wipe, .wipe] + Array(repeating: .join, count: 5) + [.leave, .leave]
        }
    }

    /// Its nodes have their real transport and control plane.
    var hasControlPlane: Bool { self == .joins || self == .wipedDisks || self == .namesakes }

    /// The profile that finds a bug soonest.
    package static func finding(_ mutant: Mutant) -> Profile {
        switch mutant {
        case .votesAfterLoss, .votesAtStart: .lostData
        case .ignoresInstance, .actsForNamesake: .namesakes
        case .adoptsWithoutConsent: .joins
        case .servesUnfenced: .wipedDisks
        case .ignoresWitness: .damage
        case .installsOldSnapshots, .stampsSnapshotWithTerm, .staysInSnapshot, .trustsFailedInstallation,
            .overlooksEmptyLog, .awaitsLostRead:
            .snapshots
        case .deletesOneOfSuffix, .lowersWithoutSync: .swarm
        case .forgetsVote, .compactsUnpersisted, .compactsWithoutPoint, .forgetsBaseConfiguration, .stampsCutWithTerm,
            .cutsUnderTransfer, .installsWhileApplying, .appliesBelowSnapshot, .keepsLogAfterInstallation,
            .switchesBeforeFiles, .trustsChunks:
            .failovers
        case .ignoresFeatureLevel: .upgrades
        case .overlooksDifference, .servesWrongData: .rot
        default: .membership
        }
    }

    var hasRoughWeather: Bool { self != .lostData && self != .damage }
}
