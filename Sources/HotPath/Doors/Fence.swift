package import RaftCore

/// Why a node that is a cluster of its own serves nothing: a member of another cluster has dialled it as its fellow
/// member. So it has most likely lost the directory that made it one, and whatever it answered would be wrong.
package struct Fence: Hashable, Sendable {
    /// Who dialled.
    package var dialler: NodeID
    /// The cluster that it said, 32 hexadecimal digits.
    package var clusterID: String

    package init(dialler: NodeID, clusterID: String) {
        self.dialler = dialler
        self.clusterID = clusterID
    }

    /// What it means and what to do.
    package var sentence: String {
        "\(dialler) of the cluster \(clusterID) takes this node for its member, but this node is a cluster of its own: "
            + "it has probably lost its data directory, and serves nothing. If it was that member, remove it there "
            + "(POST /raft/remove) and join it again; if that cluster is mistaken, POST /raft/unfence here"
    }
}
