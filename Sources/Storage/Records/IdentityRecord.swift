internal import ClusterControl
internal import KeyValue
internal import RaftCore

/// The node and cluster whose history the database holds. Written when the history starts, and again when the node
/// joins a cluster. Body:
///
/// ```
///      0     4  version of the format of the whole directory (DataDirectory.formatVersion)
///      4    16  cluster id: the low 8 bytes of `high`, then of `low`
///     20    16  instance of the directory, in the same way
///     36     2  size of the node id in bytes
///     38        node id, UTF-8
/// ```
struct IdentityRecord: Hashable {
    var formatVersion: UInt32
    var clusterID: ClusterID
    var instance: InstanceID
    var nodeID: NodeID

    var encoded: [UInt8] {
        var body: [UInt8] = []
        body.appendLittleEndian(formatVersion)
        body.appendLittleEndian(clusterID.high)
        body.appendLittleEndian(clusterID.low)
        body.appendLittleEndian(instance.high)
        body.appendLittleEndian(instance.low)
        body.appendString(nodeID.name)
        return SystemRecord.encode(body: body)
    }

    init(formatVersion: UInt32, clusterID: ClusterID, instance: InstanceID, nodeID: NodeID) {
        self.formatVersion = formatVersion
        self.clusterID = clusterID
        self.instance = instance
        self.nodeID = nodeID
    }

    init(decoding record: UnsafeRawBufferPointer) throws(CodecError) {
        let body = try SystemRecord.body(of: record)
        guard body.count >= 36 else { throw CodecError("it is cut off") }
        formatVersion = body.littleEndian32(at: 0)
        clusterID = ClusterID(high: body.littleEndian64(at: 4), low: body.littleEndian64(at: 12))
        instance = InstanceID(high: body.littleEndian64(at: 20), low: body.littleEndian64(at: 28))
        nodeID = NodeID(try body.string(at: 36))
    }
}
