package import KeyValue
package import NIOCore

/// Control requests and their answers as they travel from the node that a user asked to the leader. Layout,
/// little-endian; a string is its size in 4 bytes and its UTF-8 bytes:
///
/// ```
/// request  1 kind (1 join, 2 remove, 3 compare)
///          1 flags (bit 0 asLearner, 1 force, 2 wait, 3 HTTP address follows,
///                                        4 isUpdate, 5 member since an index, 6 consent follows)
///          4 timeout in ms
///          string node id, empty to compare
///          [join: string Raft address, with flag bit 3 string HTTP address, with flag bit 6 string consent]
///          [remove, with flag bit 5: 8 index]
/// answer   string code   string message
///          1 flags (bit 0 a warning follows, bits 1 and 2 what a failure has changed: 0 no, 1 partly, 2 unknown)
///          [string warning]   string statistics (JSON)
/// ```
package enum ControlCodec {
    /// A longer string is refused when it is read.
    package static let stringBytesMax = 64 << 10
    /// The same of the statistics, which name all members with their addresses. The change that they come with is
    /// committed: an answer must not become unreadable by them.
    package static let statisticsBytesMax = 1 << 20

    package static func encode(_ request: ControlRequest) -> ByteBuffer {
        var buffer = ByteBuffer()
        switch request {
        case .join(let join):
            let flags: UInt8 =
                (join.asLearner ? 1 : 0) | (join.force ? 2 : 0) | (join.wait ? 4 : 0)
                | (join.httpAddress != nil ? 8 : 0) | (join.isUpdate ? 16 : 0) | (join.consent.isEmpty ? 0 : 64)
            buffer.writeInteger(UInt8(1))
            buffer.writeInteger(flags)
            buffer.writeInteger(UInt32(clamping: join.timeoutMilliseconds), endianness: .little)
            write(join.nodeID, to: &buffer)
            write(join.raftAddress, to: &buffer)
            if let address = join.httpAddress { write(address, to: &buffer) }
            if !join.consent.isEmpty { write(join.consent, to: &buffer) }
        case .remove(let remove):
            buffer.writeInteger(UInt8(2))
            buffer.writeInteger(UInt8((remove.force ? 2 : 0) | (remove.since != nil ? 32 : 0)))
            buffer.writeInteger(UInt32(clamping: remove.timeoutMilliseconds), endianness: .little)
            write(remove.nodeID, to: &buffer)
            if let since = remove.since { buffer.writeInteger(since, endianness: .little) }
        case .compare(let timeoutMilliseconds):
            buffer.writeMultipleIntegers(UInt8(3), UInt8(0))
            buffer.writeInteger(UInt32(clamping: timeoutMilliseconds), endianness: .little)
            write("", to: &buffer)
        }
        return buffer
    }

    package static func decodeRequest(_ payload: ByteBuffer) throws(CodecError) -> ControlRequest {
        var buffer = payload
        guard let kind = buffer.readInteger(as: UInt8.self), let flags = buffer.readInteger(as: UInt8.self),
            let timeout = buffer.readInteger(endianness: .little, as: UInt32.self)
        else { throw CodecError("a control request is cut off") }
        let nodeID = try readString(from: &buffer)
        switch kind {
        case 1:
            var join = JoinRequest(nodeID: nodeID, raftAddress: try readString(from: &buffer))
            if flags & 8 != 0 { join.httpAddress = try readString(from: &buffer) }
            if flags & 64 != 0 { join.consent = try readString(from: &buffer) }
            join.asLearner = flags & 1 != 0
            join.force = flags & 2 != 0
            join.wait = flags & 4 != 0
            join.isUpdate = flags & 16 != 0
            join.timeoutMilliseconds = Int(timeout)
            return .join(join)
        case 2:
            var remove = RemoveRequest(nodeID: nodeID)
            remove.force = flags & 2 != 0
            remove.timeoutMilliseconds = Int(timeout)
            if flags & 32 != 0 {
                guard let since = buffer.readInteger(endianness: .little, as: UInt64.self) else {
                    throw CodecError("a control request is cut off")
                }
                remove.since = since
            }
            return .remove(remove)
        case 3: return .compare(timeoutMilliseconds: Int(timeout))
        default: throw CodecError("unknown control request \(kind)")
        }
    }

    package static func encode(_ answer: ControlAnswer) -> ByteBuffer {
        var buffer = ByteBuffer()
        write(answer.code.rawValue, to: &buffer)
        write(answer.message.cut(to: stringBytesMax), to: &buffer)
        buffer.writeInteger(answer.applied.rawValue << 1 | (answer.warning == nil ? 0 : 1))
        if let warning = answer.warning { write(warning.cut(to: stringBytesMax), to: &buffer) }
        write(answer.statsJSON.utf8.count <= statisticsBytesMax ? answer.statsJSON : "{}", to: &buffer)
        return buffer
    }

    package static func decodeAnswer(_ payload: ByteBuffer) throws(CodecError) -> ControlAnswer {
        var buffer = payload
        let rawCode = try readString(from: &buffer)
        guard let code = ControlAnswer.Code(rawValue: rawCode) else {
            throw CodecError("a control answer has an unknown code")
        }
        let message = try readString(from: &buffer)
        guard let flags = buffer.readInteger(as: UInt8.self) else { throw CodecError("a control answer is cut off") }
        // What this release does not know is more than it can vouch for.
        let applied = ControlEffect(rawValue: flags >> 1) ?? .unknown
        let warning = flags & 1 == 1 ? try readString(from: &buffer) : nil
        return ControlAnswer(
            code: code, message: message, applied: applied, warning: warning,
            statsJSON: try readString(from: &buffer, bytesMax: statisticsBytesMax))
    }

    private static func write(_ string: String, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(string.utf8.count), endianness: .little)
        buffer.writeString(string)
    }

    private static func readString(
        from buffer: inout ByteBuffer, bytesMax: Int = stringBytesMax
    ) throws(CodecError) -> String {
        guard let size = buffer.readInteger(endianness: .little, as: UInt32.self), size <= bytesMax,
            let bytes = buffer.readBytes(length: Int(size)), let string = String(validating: bytes, as: UTF8.self)
        else { throw CodecError("a string of a control message is cut off, too long or not UTF-8") }
        return string
    }
}

extension String {
    /// The beginning that surely fits: a scalar has at most 4 bytes.
    fileprivate func cut(to bytesMax: Int) -> String {
        utf8.count <= bytesMax ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(bytesMax / 4)))
    }
}
