internal import KeyValue
internal import RaftCore

/// How far the log is applied to the key-value data; part of every batch that changes the data. Format 2, body:
///
/// ```
///      0     8  index of the last applied entry
///      8     8  its term
///     16     8  revision of the last change
///     24     8  cluster time, in milliseconds
///     32     8  history floor: the first revision whose changes can still be told
/// ```
///
/// No entry of this release moves cluster time or history floor. They are 0 until one does, and are kept.
struct AppliedRecord: Hashable {
    private static let format: UInt8 = 2
    private static let bodyBytes = 40
    static let encodedBytes = SystemRecord.headerBytes + bodyBytes

    var last = LogID.zero
    var revision: UInt64 = 0
    var clusterTimeMilliseconds: UInt64 = 0
    var historyFloor: UInt64 = 0

    /// Writes the `encodedBytes` bytes of the record to `target`.
    func encode(into target: UnsafeMutableRawBufferPointer) {
        var offset = SystemRecord.headerBytes
        for field in [last.index.rawValue, last.term.rawValue, revision, clusterTimeMilliseconds, historyFloor] {
            target.storeLittleEndian(field, at: offset)
            offset += 8
        }
        SystemRecord.seal(target, format: Self.format)
    }

    init(
        last: LogID = .zero, revision: UInt64 = 0, clusterTimeMilliseconds: UInt64 = 0, historyFloor: UInt64 = 0
    ) {
        self.last = last
        self.revision = revision
        self.clusterTimeMilliseconds = clusterTimeMilliseconds
        self.historyFloor = historyFloor
    }

    init(decoding record: UnsafeRawBufferPointer) throws(CodecError) {
        let body = try SystemRecord.body(of: record, format: Self.format)
        guard body.count == Self.bodyBytes else {
            throw CodecError("it has \(body.count) bytes where \(Self.bodyBytes) belong")
        }
        last = LogID(index: LogIndex(body.littleEndian64(at: 0)), term: Term(body.littleEndian64(at: 8)))
        revision = body.littleEndian64(at: 16)
        clusterTimeMilliseconds = body.littleEndian64(at: 24)
        historyFloor = body.littleEndian64(at: 32)
    }
}
