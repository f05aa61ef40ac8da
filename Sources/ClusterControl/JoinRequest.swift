/// Takes a node into the cluster.
package struct JoinRequest: Hashable, Sendable {
    /// The name that the user gave; kept as an alias if the joiner's real id is another.
    package var nodeID: String
    /// `host:port` of the joiner's peer listener, as the leader reaches it.
    package var raftAddress: String
    package var httpAddress: String?
    /// Stay a learner instead of becoming a voter after catching up.
    package var asLearner = false
    /// The user wants a joiner that holds data as well. Without a consent that is not enough.
    package var force = false
    /// What `skiffd consent` has printed on the joiner: it may give up its data and its fellow members. Empty if none.
    package var consent = ""
    /// Only correct the addresses of a member, which asks for it itself: a node that is no member stays outside.
    package var isUpdate = false
    /// Return only after promotion.
    package var wait = true
    package var timeoutMilliseconds = 10_000

    package init(nodeID: String, raftAddress: String) {
        self.nodeID = nodeID
        self.raftAddress = raftAddress
    }
}
