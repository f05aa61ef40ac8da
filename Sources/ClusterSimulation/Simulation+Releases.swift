internal import HotPath
internal import NodeControl
internal import RaftCore
internal import Storage

/// Operators exchange the releases of nodes, which know different feature levels, and leaders raise that of the
/// cluster.
extension Simulation {
    /// The node starts again as the release after the one that the cluster is at.
    func upgrade(_ target: Target, _ downtime: Int) {
        guard let node = node(of: target) else { return }
        let level = max(node.featureLevel, latestConfiguration.featureLevel + 1)
        if exchangeRelease(of: node, level: level, downtime) { noteFault() }
    }

    /// The node starts again as the release before its own.
    func downgrade(_ target: Target, _ downtime: Int) {
        guard let node = node(of: target), node.featureLevel > FeatureLevel.release else { return }
        if exchangeRelease(of: node, level: node.featureLevel - 1, downtime) { noteFault() }
    }

    /// All nodes are of the latest release.
    func upgradeAll() { for node in nodes { _ = exchangeRelease(of: node, level: highestLevel, 1) } }

    private func exchangeRelease(of node: SimulatedNode, level: UInt8, _ downtime: Int) -> Bool {
        guard node.featureLevel != level else { return false }
        say("\(node.id) knows feature level \(level) from its next start on")
        if level > node.featureLevel { node.awaitsUpgrade = false }
        highestLevel = max(highestLevel, level)
        node.featureLevel = level
        if let process = node.process { end(process, silently: false) }
        scheduleStart(node, afterMilliseconds: downtime)
        return true
    }

    /// A store has refused to start on an entry that the release of its node does not know.
    func refuseRelease(of node: SimulatedNode) {
        breach(FeatureLevelRule.breach(ofRefusalBy: node))
        coverage.count(.startRefusedByLevel)
        node.awaitsUpgrade = true
    }

    /// Whoever leads looks whether all members know a higher level than that of the cluster.
    func raiseFeatureLevel() {
        for process in nodes.compactMap(\.process) where process.replica.role == .leader {
            let told = process.levelsTold
            let levels = KnownLevels(settings: process.raftSettings, localID: process.id) { told[$0] }
            guard let level = levels.raised(in: process.replica.configuration) else { continue }
            breach(FeatureLevelRule.breach(ofRaiseTo: level, by: process))
            ask(.raiseFeatureLevel(to: level), of: process, counting: .levelRaised)
        }
    }

    /// A node is taken in only if it knows what the cluster may write.
    func mayJoin(_ node: SimulatedNode) -> Bool {
        leader.map { $0.replica.configuration.featureLevel <= node.featureLevel } ?? true
    }

    func didRefuse(_ unknown: UnknownEntry, knowing known: UInt8, _ process: SimulatedProcess) {
        guard unknown.featureLevel > known, known == process.node.featureLevel, highestLevel > known else {
            return referee.breach("\(process.id) refuses \(unknown) and knows feature level \(known)")
        }
        coverage.count(.unknownEntryMet)
        process.node.unknownEntry = unknown.index
    }

    /// A node that did not know an entry may have it now.
    func noteTaken(_ job: LogJob, _ node: SimulatedNode) {
        guard let unknown = node.unknownEntry else { return }
        for entry in job.entries where entry.id.index == unknown {
            if entry.featureLevel > FeatureLevel.release { coverage.count(.unknownEntryTaken) }
            node.unknownEntry = nil
        }
    }
}
