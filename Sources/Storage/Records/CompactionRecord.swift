internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// The compaction point of the log: part of every batch that moves the beginning of the log, and absent while the log
/// has its first entry. Body:
///
/// ```
///      0     8  index of the last entry that has left the log
///      8     8  its term
///     16        the configuration as of that entry, in the form of the payload of an entry (`ConfigurationCodec`)
/// ```
enum CompactionRecord {
    private static let fixedBytes = 16

    static func encode(_ point: CompactionPoint) -> [UInt8] {
        var body: [UInt8] = []
        body.appendLittleEndian(point.lastIncluded.index.rawValue)
        body.appendLittleEndian(point.lastIncluded.term.rawValue)
        body += ConfigurationCodec.encode(point.configuration).readableBytesView
        return SystemRecord.encode(body: body)
    }

    static func decode(_ record: UnsafeRawBufferPointer) throws(CodecError) -> CompactionPoint {
        let body = try SystemRecord.body(of: record)
        guard body.count >= fixedBytes else { throw CodecError("it is cut off") }
        let last = LogID(index: LogIndex(body.littleEndian64(at: 0)), term: Term(body.littleEndian64(at: 8)))
        guard last.index > .zero, last.term > .zero else { throw CodecError("it names \(last), which is no entry") }
        let payload = ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: body[fixedBytes...]))
        return CompactionPoint(lastIncluded: last, configuration: try ConfigurationCodec.decode(payload))
    }
}
