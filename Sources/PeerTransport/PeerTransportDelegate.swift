package import ClusterControl
package import HotPath
package import RaftCore

/// The transport's way to the replica and its surroundings. All calls come on the transport's loop and
/// never from inside a call that the delegate itself makes into the transport, so that an owner which is busy carrying
/// out effects is not entered again.
package protocol PeerTransportDelegate: AnyObject {
    /// A message arrived on the open link from `peer`, in the order in which the peer sent it. Messages of one link
    /// arrive between its `linkOpened` and the next `linkOpened` or `peerUnreachable` of that peer. A message that is
    /// refused is dropped, and its link is closed if the refusal `endsLink`.
    func received(_ message: PeerMessage, from peer: NodeID) -> PeerRefusal?
    /// All messages of this read are delivered. Called once per read that brought any: the time for one turn.
    func receivedReadEnded()
    /// A link to `peer` is open. Called again when a new link took the place of another; what was sent on the earlier
    /// one may be lost.
    func linkOpened(to peer: NodeID)
    /// The link to `peer` is lost, or an attempt to reach it was refused by its host, which means that no process
    /// listens there. Not called for links that this node gave up because of a change of members, of the cluster id,
    /// or because it stops.
    func peerUnreachable(_ peer: NodeID)
    /// This node's introduction as of now. Called at each handshake.
    func introduction() -> Introduction
    /// A node of another cluster has dialled this one as its fellow member.
    func expected(by peer: NodeID, of cluster: ClusterID)
    /// The node `peer` knows another instance of this node's name as the member, since the entry at `since`.
    func displaced(by peer: NodeID, since: LogIndex)
    /// A leader asks this node to give up its history. `answer` must be called on the loop, exactly once, when the
    /// outcome is durable; a caller that is gone by then is no error. After an acceptance, `introduction()` has the new
    /// cluster id and `PeerTransport.clusterIDChanged()` has been called before the answer.
    func adoptionRequested(_ request: AdoptionRequest, answer: @escaping (AdoptionAnswer) -> Void)
}
