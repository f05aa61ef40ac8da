/// Why a request has no result.
package enum RequestFailure: UInt8, Hashable, Sendable {
    /// A limit is reached; nothing was done. Retry later.
    case overloaded = 1
    /// No leader was found in time; nothing was done. Retry.
    case noLeader = 2
    /// Leadership, or the link to the leader, was lost after the write entered a log: it may or may not take effect.
    case unknownOutcome = 3
    /// This node is stopping; nothing was done.
    case shuttingDown = 4
    /// This node is no member of its cluster any more; nothing was done. Ask a member.
    case removed = 5
    /// This node serves nothing, because another cluster takes it for its member; nothing was done.
    case fenced = 6
    /// The leader does not know the command, or the feature level of the cluster does not allow it yet; nothing was
    /// done.
    case notSupported = 7
    /// An entry that this node does not know comes before what was asked for; nothing was done. Ask another node.
    case unknownEntry = 8
    /// The data of this node are not those of the majority of its cluster; nothing was done. Ask another node.
    case dataDiffer = 9
}
