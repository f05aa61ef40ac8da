internal import HotPath
internal import RaftCore

/// "A leader proposes what the level of its configuration allows", raises it "once all members are linked and have
/// announced a higher one", "it never falls", and a follower takes nothing "from the first entry above its own level
/// on" (Docs/WireFormat.md).
enum FeatureLevelRule {
    /// A process adds an entry to its log, be it of its own or its leader's.
    static func breach(of entry: Entry, by process: any WatchedProcess) -> String? {
        guard entry.featureLevel > process.featureLevel else { return nil }
        let known = process.featureLevel
        return "\(process.id) knows feature level \(known) and takes \(entry.id) of level \(entry.featureLevel)"
    }

    static func breach(ofStartBy process: any WatchedProcess) -> String? {
        process.shadow.entries.first { $0.featureLevel > process.featureLevel }.flatMap { breach(of: $0, by: process) }
    }

    /// A start is refused, for this and no other reason. The write that a crash cut off may be on the disk.
    static func breach(ofRefusalBy node: SimulatedNode) -> String? {
        var written = node.disk.record
        written.complete()
        for entry in node.disk.log + written.log where entry.featureLevel > node.featureLevel { return nil }
        return "\(node.id) does not start, and its log has nothing above feature level \(node.featureLevel)"
    }

    static func breach(ofRaiseTo level: UInt8, by leader: SimulatedProcess) -> String? {
        for member in leader.configuration.members where member.id != leader.id {
            guard let known = leader.levelsTold[member.id] else {
                return "\(leader.id) raises the feature level to \(level), and \(member.id) has no link"
            }
            if known < level {
                return "\(leader.id) raises the feature level to \(level), and \(member.id) knows \(known)"
            }
        }
        return nil
    }

    static func breach(ofCommitted later: Configuration, after earlier: Configuration) -> String? {
        guard later.featureLevel < earlier.featureLevel else { return nil }
        return "the feature level of the cluster falls from \(earlier.featureLevel) to \(later.featureLevel)"
    }
}
