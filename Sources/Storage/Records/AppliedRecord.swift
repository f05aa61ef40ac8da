internal import KeyValue
internal import RaftCore

/// How far the log is applied to the key-value data; part of every batch that changes the data. Body:
///
/// ```
///      0     8  index of the last applied entry
///      8     8  its term
///     16     8  revision of the last change
/// ```
struct AppliedRecord: Hashable {
    static let encodedBytes = SystemRecord.headerBytes + 24

    var last = LogID.zero
    var revision: UInt64 = 0

    /// Writes the `encodedBytes` bytes of the record to `target`.
    func encode(into target: UnsafeMutableRawBufferPointer) {
        target.storeLittleEndian(last.index.rawValue, at: SystemRecord.headerBytes)
        target.storeLittleEndian(last.term.rawValue, at: SystemRecord.headerBytes + 8)
        target.storeLittleEndian(revision, at: SystemRecord.headerBytes + 16)
        SystemRecord.seal(target)
    }

    init(last: LogID = .zero, revision: UInt64 = 0) {
        self.last = last
        self.revision = revision
    }

    init(decoding record: UnsafeRawBufferPointer) throws(CodecError) {
        let body = try SystemRecord.body(of: record)
        guard body.count == 24 else { throw CodecError("it has \(body.count) bytes where 24 belong") }
        last = LogID(index: LogIndex(body.littleEndian64(at: 0)), term: Term(body.littleEndian64(at: 8)))
        revision = body.littleEndian64(at: 16)
    }
}
