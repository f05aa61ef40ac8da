package import RaftCore

/// What the members of a cluster know, as far as this node is linked with them. On the replica's loop.
package struct KnownLevels: Sendable {
    private let settings: RaftSettings
    private let localID: NodeID
    private let ofLinked: @Sendable (NodeID) -> UInt8?

    /// `ofLinked` says what a node has announced, and nil for one that is not linked.
    package init(settings: RaftSettings, localID: NodeID, ofLinked: @escaping @Sendable (NodeID) -> UInt8?) {
        self.settings = settings
        self.localID = localID
        self.ofLinked = ofLinked
    }

    /// The level to which that of the cluster can be raised; nil if it is the highest that all members know.
    package func raised(in configuration: Configuration) -> UInt8? {
        guard !configuration.members.isEmpty, settings.featureLevel > configuration.featureLevel else { return nil }
        var level = settings.featureLevel
        for member in configuration.members where member.id != localID && !settings.has(.ignoresFeatureLevel) {
            guard let known = ofLinked(member.id) else { return nil }
            level = min(level, known)
        }
        return level > configuration.featureLevel ? level : nil
    }
}
