import HotPath
import RaftCore

/// Links of one node: messages go into the cluster's network, in order per link.
final class SimulatedLinks: PeerLinks {
    let from: NodeID
    unowned let cluster: SimulatedCluster

    init(from: NodeID, cluster: SimulatedCluster) {
        self.from = from
        self.cluster = cluster
    }

    func send(_ message: PeerMessage, to peer: NodeID) { cluster.send(message, from: from, to: peer) }
    func flush() {}
    func isLinked(to peer: NodeID) -> Bool { cluster.isConnected(from, peer) }
    func membersChanged(_ members: [Member]) {}
}
