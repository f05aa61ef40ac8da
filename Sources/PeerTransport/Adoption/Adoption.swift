package import ClusterControl
internal import KeyValue
internal import NIOCore
package import RaftCore

/// A leader asks a node to give up its own history and to wait for that of the leader's cluster.
package struct AdoptionRequest: Hashable, Sendable {
    /// Whom the leader means, as introduced before: a node that has another id, or that has restarted since, refuses.
    package var nodeID: NodeID
    package var incarnation: UInt64
    /// The cluster that the node becomes part of.
    package var clusterID: ClusterID
    /// Give up user data too.
    package var force: Bool
    package var leaderID: NodeID
    /// `host:port` of the leader's peer listener as the receiver may reach it.
    package var leaderAddress: String

    package init(
        nodeID: NodeID, incarnation: UInt64, clusterID: ClusterID, force: Bool, leaderID: NodeID, leaderAddress: String
    ) {
        self.nodeID = nodeID
        self.incarnation = incarnation
        self.clusterID = clusterID
        self.force = force
        self.leaderID = leaderID
        self.leaderAddress = leaderAddress
    }
}

package enum AdoptionAnswer: Hashable, Sendable {
    /// The old history is gone and the new cluster id is durable.
    case accepted
    /// Nothing has changed. The message is a sentence for the user.
    case refused(AdoptionRefusal, message: String)
}

package enum AdoptionRefusal: UInt8, Hashable, Sendable {
    /// Another node, or another process of it, than the request means.
    case otherNode = 1
    /// It holds user data and the request has no force.
    case holdsUserData = 2
    /// It has fellow members in a cluster of its own.
    case memberOfOtherCluster = 3
    case shuttingDown = 4
    case `internal` = 5
}

// Layouts, little-endian; a string is its size in 2 bytes and its UTF-8 bytes.
extension AdoptionRequest {
    /// ```
    ///  8  incarnation        16  cluster id, high word first        1  flags: bit 0 force
    ///     string  node id    string  leader's node id               string  leader's Raft address
    /// ```
    func encode(into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(.adoptionRequest, sequence: sequence, to: &buffer) { body in
            body.writeMultipleIntegers(
                incarnation, clusterID.high, clusterID.low, UInt8(force ? 1 : 0), endianness: .little)
            body.writeText(nodeID.name)
            body.writeText(leaderID.name)
            body.writeText(leaderAddress)
        }
    }

    init(decoding frame: Frame) throws(CodecError) {
        var body = frame.body
        incarnation = try body.readField("an incarnation")
        let high: UInt64 = try body.readField("a cluster id")
        clusterID = ClusterID(high: high, low: try body.readField("a cluster id"))
        force = try body.readFlags(mask: 1) == 1
        nodeID = try body.readNodeID()
        leaderID = try body.readNodeID()
        leaderAddress = try body.readText("the address of a leader")
        try body.requireEnd()
    }
}

extension AdoptionAnswer {
    /// ```
    ///  1  0 accepted, else the reason (AdoptionRefusal)        string  message, empty if accepted
    /// ```
    func encode(into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(.adoptionAnswer, sequence: sequence, to: &buffer) { body in
            switch self {
            case .accepted:
                body.writeInteger(UInt8(0))
                body.writeText("")
            case .refused(let refusal, let message):
                body.writeInteger(refusal.rawValue)
                body.writeText(message.shortenedForPeer)
            }
        }
    }

    init(decoding frame: Frame) throws(CodecError) {
        var body = frame.body
        let tag: UInt8 = try body.readField("the answer to an adoption")
        let message = try body.readText("the message of an adoption")
        try body.requireEnd()
        if tag == 0 {
            self = .accepted
        } else {
            guard let refusal = AdoptionRefusal(rawValue: tag) else { throw CodecError("unknown refusal \(tag)") }
            self = .refused(refusal, message: message)
        }
    }
}
