/// Takes a member out of the cluster.
package struct RemoveRequest: Hashable, Sendable {
    /// An id or an alias.
    package var nodeID: String
    /// Skip the check that the remaining voters have a live majority.
    package var force = false
    package var timeoutMilliseconds = 10_000

    package init(nodeID: String) { self.nodeID = nodeID }
}
