internal import RaftCore

/// What the members of a cluster know, as far as this node is linked with them. On the replica's loop.
struct KnownLevels: Sendable {
    let settings: RaftSettings
    let localID: NodeID
    /// Nil for a node that is not linked.
    let ofLinked: @Sendable (NodeID) -> UInt8?

    /// The level to which that of the cluster can be raised; nil if it is the highest that all members know.
    func raised(in configuration: Configuration) -> UInt8? {
        guard !configuration.members.isEmpty, settings.featureLevel > configuration.featureLevel else { return nil }
        var level = settings.featureLevel
        for member in configuration.members where member.id != localID && !settings.has(.ignoresFeatureLevel) {
            guard let known = ofLinked(member.id) else { return nil }
            level = min(level, known)
        }
        return level > configuration.featureLevel ? level : nil
    }
}
