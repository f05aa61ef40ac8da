internal import Bytes
internal import ClusterControl
internal import HotPath
internal import KeyValue
internal import RaftCore

/// The frame of the store's own records. Layout, little-endian:
///
/// ```
/// offset  size
///      0     8  XXH64 of everything behind this field
///      8     1  format, 1
///      9        body
/// ```
enum RecordFrame {
    static let format: UInt8 = 1
    static let headerBytes = 9

    static func encode(body: [UInt8]) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: 8)
        record.append(format)
        record += body
        record.withUnsafeMutableBytes { seal($0) }
        return record
    }

    /// Writes the format and the checksum of a record whose body is in place.
    static func seal(_ record: UnsafeMutableRawBufferPointer) {
        record[8] = format
        record.storeLittleEndian(checksum(of: UnsafeRawBufferPointer(record)), at: 0)
    }

    /// The body of a record, viewed in place.
    static func body(of record: UnsafeRawBufferPointer) throws(CodecError) -> UnsafeRawBufferPointer {
        guard record.count >= headerBytes else { throw CodecError("it is cut off") }
        guard record.littleEndian64(at: 0) == checksum(of: record) else { throw CodecError("its checksum is wrong") }
        guard record[8] == format else { throw CodecError("its format \(record[8]) is unknown") }
        return UnsafeRawBufferPointer(rebasing: record[headerBytes...])
    }

    private static func checksum(of record: UnsafeRawBufferPointer) -> UInt64 {
        XXH64.hash(UnsafeRawBufferPointer(rebasing: record[8...]))
    }
}

/// Whose history the database holds; written once when the node gets one, and again when it joins a cluster. Body:
///
/// ```
///      0     4  version of the format of the whole directory (DataDirectory.formatVersion)
///      4    16  cluster id: the low 8 bytes of `high`, then of `low`
///     20     2  size of the node id in bytes
///     22        node id, UTF-8
/// ```
struct IdentityRecord: Hashable {
    var formatVersion: UInt32
    var clusterID: ClusterID
    var nodeID: NodeID

    var encoded: [UInt8] {
        var body: [UInt8] = []
        body.appendLittleEndian(formatVersion)
        body.appendLittleEndian(clusterID.high)
        body.appendLittleEndian(clusterID.low)
        body.appendString(nodeID.name)
        return RecordFrame.encode(body: body)
    }

    init(formatVersion: UInt32, clusterID: ClusterID, nodeID: NodeID) {
        self.formatVersion = formatVersion
        self.clusterID = clusterID
        self.nodeID = nodeID
    }

    init(decoding record: UnsafeRawBufferPointer) throws(CodecError) {
        let body = try RecordFrame.body(of: record)
        guard body.count >= 20 else { throw CodecError("it is cut off") }
        formatVersion = body.littleEndian32(at: 0)
        clusterID = ClusterID(high: body.littleEndian64(at: 4), low: body.littleEndian64(at: 12))
        nodeID = NodeID(try body.string(at: 20))
    }
}

/// Term and vote, always together. Body:
///
/// ```
///      0     8  current term
///      8     1  1 if there is a vote in this term, else 0
///      9     2  size of the candidate's node id in bytes, 0 without a vote
///     11        the candidate's node id, UTF-8
/// ```
enum HardStateRecord {
    static func encode(_ hardState: HardState) -> [UInt8] {
        var body: [UInt8] = []
        body.appendLittleEndian(hardState.currentTerm.rawValue)
        body.append(hardState.votedFor == nil ? 0 : 1)
        body.appendString(hardState.votedFor?.name ?? "")
        return RecordFrame.encode(body: body)
    }

    static func decode(_ record: UnsafeRawBufferPointer) throws(CodecError) -> HardState {
        let body = try RecordFrame.body(of: record)
        guard body.count >= 9, body[8] <= 1 else { throw CodecError("it is cut off or its vote is unreadable") }
        let candidate = try body.string(at: 9)
        return HardState(
            currentTerm: Term(body.littleEndian64(at: 0)), votedFor: body[8] == 1 ? NodeID(candidate) : nil)
    }
}

/// How far the key-value data has come; in every batch that changes it. Body:
///
/// ```
///      0     8  index of the last applied entry
///      8     8  its term
///     16     8  revision of the last change
/// ```
struct AppliedRecord: Hashable {
    static let encodedBytes = RecordFrame.headerBytes + 24

    var last = LogID.zero
    var revision: UInt64 = 0

    /// Writes the `encodedBytes` bytes of the record to `target`.
    func encode(into target: UnsafeMutableRawBufferPointer) {
        target.storeLittleEndian(last.index.rawValue, at: RecordFrame.headerBytes)
        target.storeLittleEndian(last.term.rawValue, at: RecordFrame.headerBytes + 8)
        target.storeLittleEndian(revision, at: RecordFrame.headerBytes + 16)
        RecordFrame.seal(target)
    }

    init(last: LogID = .zero, revision: UInt64 = 0) {
        self.last = last
        self.revision = revision
    }

    init(decoding record: UnsafeRawBufferPointer) throws(CodecError) {
        let body = try RecordFrame.body(of: record)
        guard body.count == 24 else { throw CodecError("it has \(body.count) bytes where 24 belong") }
        last = LogID(index: LogIndex(body.littleEndian64(at: 0)), term: Term(body.littleEndian64(at: 8)))
        revision = body.littleEndian64(at: 16)
    }
}

// MARK: Parts of a body

extension [UInt8] {
    fileprivate mutating func appendLittleEndian<Integer: FixedWidthInteger>(_ value: Integer) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func appendString(_ string: String) {
        precondition(string.utf8.count <= UInt16.max, "a string of \(string.utf8.count) bytes passed the limit check")
        appendLittleEndian(UInt16(string.utf8.count))
        append(contentsOf: string.utf8)
    }
}

extension UnsafeRawBufferPointer {
    /// A string, its size before it in 2 bytes, that ends with the buffer.
    fileprivate func string(at offset: Int) throws(CodecError) -> String {
        guard count >= offset + 2, count == offset + 2 + Int(littleEndian16(at: offset)) else {
            throw CodecError("a string in it is cut off")
        }
        guard let string = String(validating: self[(offset + 2)...], as: UTF8.self) else {
            throw CodecError("a string in it is not UTF-8")
        }
        return string
    }
}
