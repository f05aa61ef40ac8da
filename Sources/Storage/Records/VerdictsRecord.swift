internal import HotPath
internal import KeyValue
internal import NIOCore

/// The verdicts on members whose data differ; absent if there are none. Format 1, body:
///
/// ```
/// 2  number of verdicts   per verdict:  4 size, and the verdict as its entry has it (HotPath.Verdict)
/// ```
struct VerdictsRecord: Hashable {
    /// What a verdict takes in the record at most in addition to its encoding.
    static let overheadBytesMax = 4

    var verdicts: [Verdict]

    init(_ verdicts: [Verdict]) { self.verdicts = verdicts }

    func encoded() -> [UInt8] {
        var body: [UInt8] = []
        body.appendLittleEndian(UInt16(verdicts.count))
        for verdict in verdicts {
            let bytes = Array(verdict.payload.readableBytesView)
            body.appendLittleEndian(UInt32(bytes.count))
            body += bytes
        }
        return SystemRecord.encode(body: body)
    }

    init(decoding record: UnsafeRawBufferPointer) throws(CodecError) {
        var buffer = ByteBuffer(bytes: try SystemRecord.body(of: record))
        guard let count = buffer.readInteger(endianness: .little, as: UInt16.self) else {
            throw CodecError("it is cut off")
        }
        verdicts = []
        for _ in 0..<count {
            guard let size = buffer.readInteger(endianness: .little, as: UInt32.self),
                let payload = buffer.readSlice(length: Int(size))
            else { throw CodecError("a verdict in it is cut off") }
            verdicts.append(try Verdict(payload: payload))
        }
        guard buffer.readableBytes == 0 else { throw CodecError("it has bytes after its end") }
    }
}
