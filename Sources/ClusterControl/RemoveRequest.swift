/// Takes a member out of the cluster.
package struct RemoveRequest: Hashable, Sendable {
    /// An id or an alias.
    package var nodeID: String
    /// Skip the check that the remaining voters have a live majority.
    package var force = false
    /// Remove the member only if it is one since the entry at this index. A leader that passes on its own removal says
    /// so: the node may have left, and have been taken in again, before the next leader reads the request.
    package var since: UInt64?
    package var timeoutMilliseconds = 10_000

    package init(nodeID: String) { self.nodeID = nodeID }
}
