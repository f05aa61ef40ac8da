internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// Reading and writing the fields of a frame's body. Everything read is within the frame. `PeerGate` judges later
/// whether the numbers make sense.
extension ByteBuffer {
    mutating func readField<Integer: FixedWidthInteger>(
        _ name: StaticString, as type: Integer.Type = Integer.self
    ) throws(CodecError) -> Integer {
        guard let value = readInteger(endianness: .little, as: type) else { throw CodecError("\(name) is cut off") }
        return value
    }

    mutating func readTerm() throws(CodecError) -> Term {
        Term(try readField("a term"))
    }

    mutating func readLogIndex() throws(CodecError) -> LogIndex {
        LogIndex(try readField("a log index"))
    }

    mutating func readLogID() throws(CodecError) -> LogID {
        let index = try readLogIndex()
        return LogID(index: index, term: try readTerm())
    }

    /// Bits in one byte, of which only those of `mask` may be set.
    mutating func readFlags(mask: UInt8) throws(CodecError) -> UInt8 {
        let value: UInt8 = try readField("a byte of flags")
        guard value & ~mask == 0 else { throw CodecError("unknown flags \(value)") }
        return value
    }

    /// A string after its size in two bytes.
    mutating func readText(_ name: StaticString) throws(CodecError) -> String {
        let size: UInt16 = try readField("the size of a string")
        guard Int(size) <= TransportLimits.textBytesMax else { throw CodecError("\(name) has \(size) bytes") }
        guard let bytes = readBytes(length: Int(size)) else { throw CodecError("\(name) is cut off") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CodecError("\(name) is not UTF-8") }
        return text
    }

    mutating func readNodeID() throws(CodecError) -> NodeID {
        let name = try readText("a node id")
        guard !name.isEmpty else { throw CodecError("a node id is empty") }
        return NodeID(name)
    }

    func requireEnd() throws(CodecError) {
        guard readableBytes == 0 else { throw CodecError("a frame has \(readableBytes) bytes after its end") }
    }

    mutating func writeLogID(_ id: LogID) {
        writeMultipleIntegers(id.index.rawValue, id.term.rawValue, endianness: .little)
    }

    mutating func writeText(_ text: String) {
        let size = text.utf8.count
        precondition(size <= TransportLimits.textBytesMax, "a string of \(size) bytes is too long for a peer")
        writeInteger(UInt16(size), endianness: .little)
        writeString(text)
    }
}
