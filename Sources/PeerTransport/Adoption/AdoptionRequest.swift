package import ClusterControl
internal import KeyValue
internal import NIOCore
package import RaftCore

/// A leader asks a node to give up its own history and to wait for that of the leader's cluster.
package struct AdoptionRequest: Hashable, Sendable {
    /// Whom the leader means, as introduced before: a node that has another id, or that has restarted since, refuses.
    package var nodeID: NodeID
    package var startID: UInt64
    /// The cluster that the node becomes part of.
    package var clusterID: ClusterID
    /// Proof that whoever can write into the node's directory agrees that it gives up users' data, and fellow members;
    /// empty if there is none.
    package var consent: String
    package var leaderID: NodeID
    /// `host:port` of the leader's peer listener as the receiver may reach it.
    package var leaderAddress: String

    package init(
        nodeID: NodeID, startID: UInt64, clusterID: ClusterID, consent: String = "", leaderID: NodeID,
        leaderAddress: String
    ) {
        self.nodeID = nodeID
        self.startID = startID
        self.clusterID = clusterID
        self.consent = consent
        self.leaderID = leaderID
        self.leaderAddress = leaderAddress
    }
}

// Layout, little-endian; a string is its size in 2 bytes and its UTF-8 bytes.
extension AdoptionRequest {
    /// ```
    ///  8  start id       16  cluster id, high word first
    ///     string  node id    string  leader's node id    string  leader's Raft address    string  consent
    /// ```
    func encode(into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(.adoptionRequest, sequence: sequence, to: &buffer) { body in
            body.writeMultipleIntegers(startID, clusterID.high, clusterID.low, endianness: .little)
            body.writeText(nodeID.name)
            body.writeText(leaderID.name)
            body.writeText(leaderAddress)
            body.writeText(consent.shortenedForPeer)
        }
    }

    init(decoding frame: Frame) throws(CodecError) {
        var body = frame.body
        startID = try body.readField("a start id")
        let high: UInt64 = try body.readField("a cluster id")
        clusterID = ClusterID(high: high, low: try body.readField("a cluster id"))
        nodeID = try body.readNodeID()
        leaderID = try body.readNodeID()
        leaderAddress = try body.readText("the address of a leader")
        consent = try body.readText("a consent")
        try body.requireEnd()
    }
}
