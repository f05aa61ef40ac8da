/// A change of one member, the unit of thesis 4.1: "only single-server changes are allowed".
package enum ConfigurationChange: Hashable, Sendable {
    /// Adds a learner, or replaces the addresses and aliases of a member, whose role stays.
    case addLearner(Member)
    /// Turns a learner into a voter.
    case promote(NodeID)
    /// Turns a voter into a learner.
    case demote(NodeID)
    case remove(NodeID)
    /// Raises the feature level. Whoever asks for it has made sure that all members know it. A lower level than that of
    /// the cluster changes nothing.
    case raiseFeatureLevel(to: UInt8)
}
