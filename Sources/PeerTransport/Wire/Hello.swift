internal import Bytes
internal import ClusterControl
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// The body of `hello` and of `welcome`: who speaks, what for, and how the speaker sees the other. Layout,
/// little-endian; a string is its size in 2 bytes and its UTF-8 bytes:
///
/// ```
///  1  purpose (Purpose)
///  1  flags: bit 0 belongs to a cluster, 1 the operator has set the Raft address, 2 pre-vote, 3 check-quorum,
///    4 the receiver is a member as the speaker knows the members
/// 16  cluster id, high word first; 0 without a cluster
/// 16  instance of the speaker's directory, high word first; 0 without a cluster
///  8  index of the entry that took that instance in, as far as the speaker knows
///  8  start id
///  8  election timeout in ns
///  8  heartbeat interval in ns
///  4  number of members
///  1  highest feature level that the speaker knows
///     string  node id
///     string  node id that the dialler expects, empty if any; empty in a welcome
///     string  Raft address: host:port, or :port
///     string  HTTP address: host:port, or :port, or empty
///     string  software version
///     string  address at which the speaker sees the other's listener
///     fields that a later release adds; passed over, so that releases with different feature levels can be linked
/// ```
struct Hello: Hashable {
    enum Purpose: UInt8 {
        /// Messages between members; the cluster ids must be equal.
        case link = 1
        /// Introduction and adoption; the cluster ids may differ.
        case control = 2
        /// A snapshot of the node that was dialled, for the member that dialled.
        case snapshot = 3
    }

    var purpose: Purpose
    var clusterID: ClusterID?
    var instance: InstanceID?
    var memberSince: LogIndex
    var isRaftAddressSet: Bool
    var startID: UInt64
    var electionSettings: ElectionSettings
    var memberCount: UInt32
    var featureLevel: UInt8
    var nodeID: NodeID
    var expectedNodeID: NodeID?
    /// The speaker takes the receiver for its fellow member.
    var isToMember = false
    var raftAddress: String
    var httpAddress: String
    var softwareVersion: String
    var receiverAddress: String
}

extension Hello {
    func encode(as kind: FrameKind, into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(kind, sequence: sequence, to: &buffer) { body in
            let flags: UInt8 =
                (clusterID == nil ? 0 : 1) | (isRaftAddressSet ? 2 : 0) | (electionSettings.preVote ? 4 : 0)
                | (electionSettings.checkQuorum ? 8 : 0) | (isToMember ? 16 : 0)
            body.writeMultipleIntegers(
                purpose.rawValue, flags, clusterID?.high ?? 0, clusterID?.low ?? 0, instance?.high ?? 0,
                instance?.low ?? 0, memberSince.rawValue, startID,
                electionSettings.timeoutNanoseconds, electionSettings.heartbeatNanoseconds, memberCount,
                featureLevel, endianness: .little)
            body.writeText(nodeID.name)
            body.writeText(expectedNodeID?.name ?? "")
            body.writeText(raftAddress)
            body.writeText(httpAddress)
            body.writeText(softwareVersion)
            body.writeText(receiverAddress)
        }
    }

    init(decoding frame: Frame) throws(CodecError) {
        var body = frame.body
        let rawPurpose: UInt8 = try body.readField("the purpose of a connection")
        guard let purpose = Purpose(rawValue: rawPurpose) else {
            throw CodecError("unknown purpose \(rawPurpose) of a connection")
        }
        let flags = try body.readFlags(mask: 0b1_1111)
        let high: UInt64 = try body.readField("a cluster id")
        let low: UInt64 = try body.readField("a cluster id")
        self.purpose = purpose
        clusterID = flags & 1 != 0 ? ClusterID(high: high, low: low) : nil
        let instanceHigh: UInt64 = try body.readField("an instance")
        instance = InstanceID(orNone: instanceHigh, try body.readField("an instance"))
        memberSince = LogIndex(try body.readField("the index of a membership"))
        isRaftAddressSet = flags & 2 != 0
        startID = try body.readField("a start id")
        electionSettings = ElectionSettings()
        electionSettings.timeoutNanoseconds = try body.readField("an election timeout")
        electionSettings.heartbeatNanoseconds = try body.readField("a heartbeat interval")
        electionSettings.preVote = flags & 4 != 0
        electionSettings.checkQuorum = flags & 8 != 0
        memberCount = try body.readField("a number of members")
        featureLevel = try body.readField("a feature level")
        nodeID = try body.readNodeID()
        let expected = try body.readText("the id that a dialler expects")
        expectedNodeID = expected.isEmpty ? nil : NodeID(expected)
        isToMember = flags & 16 != 0
        raftAddress = try body.readText("a Raft address")
        if let mistake = PeerAddress.mistake(inAnnounced: raftAddress) {
            throw CodecError("it announces the Raft address \"\(raftAddress.escapedForLog)\": \(mistake.reason)")
        }
        httpAddress = try body.readText("an HTTP address")
        if let mistake = PeerAddress.mistake(inAnnounced: httpAddress) {
            throw CodecError("it announces the HTTP address \"\(httpAddress.escapedForLog)\": \(mistake.reason)")
        }
        softwareVersion = try body.readText("a software version")
        receiverAddress = try body.readText("the address of the receiver")
    }

    /// The introduction that the other side gets to know. `seenHost` is the host of its end of the connection,
    /// `dialledAddress` the address under which it was reached, nil if it dialled.
    func peerIntroduction(seenHost: String, dialledAddress: PeerAddress?) -> PeerIntroduction {
        let isBare = raftAddress.hasPrefix(":")
        let raftAddress =
            if isBare, let dialledAddress {
                dialledAddress.description
            } else {
                PeerAddress.reachable(announced: raftAddress, seenAt: seenHost)
            }
        return PeerIntroduction(
            nodeID: nodeID, startID: startID, clusterID: clusterID, instance: instance, memberSince: memberSince,
            protocolVersion: Preamble.currentVersion, softwareVersion: softwareVersion, memberCount: Int(memberCount),
            featureLevel: featureLevel, electionSettings: electionSettings, raftAddress: raftAddress,
            isRaftAddressSet: isRaftAddressSet,
            httpAddress: PeerAddress.reachable(announced: httpAddress, seenAt: dialledAddress?.host ?? seenHost),
            addressSeen: PeerAddress.isComplete(receiverAddress) ? receiverAddress : "")
    }
}
