internal import Bytes
package import KeyValue
package import NIOCore
package import RaftCore

/// One log entry with its payload. It is encoded once, at the leader; the same bytes go to the write-ahead log, to the
/// network and to the state machine, and the checksum inside them is checked wherever they come from a peer or a disk.
/// Layout, little-endian:
///
/// ```
/// offset  size
///      0     8  XXH64 of everything after this field
///      8     8  index
///     16     8  term
///     24     1  kind (EntryKind)
///     25     1  feature level that a node needs to know to take the entry (RaftCore.FeatureLevel)
///     26     2  number of commands (0 unless kind is commands)
///     28     4  size of the payload in bytes
///     32        payload: commands back to back (KeyValue.CommandView), or a configuration (ConfigurationCodec), or
///               what a comparison (KeyRange) or a verdict (Verdict) is about, or nothing
/// ```
package struct Entry: Sendable, Equatable {
    package static let headerBytes = 32
    /// Where the term is in the header.
    package static let termOffset = 16

    package let id: LogID
    package let kind: EntryKind
    /// What a node must know to take the entry.
    package let featureLevel: UInt8
    package let commandCount: Int
    /// Header and payload; the readable bytes of this buffer, shared and never written again.
    package let encoded: ByteBuffer

    /// The payload, sharing storage with `encoded`.
    package var payload: ByteBuffer {
        // The header is part of `encoded` in every way to make an Entry.
        encoded.getSlice(
            at: encoded.readerIndex + Self.headerBytes, length: encoded.readableBytes - Self.headerBytes)!
    }

    package var encodedBytes: Int { encoded.readableBytes }

    /// Puts and deletes inside: more than commands if there are groups among those. Costs a look at each command.
    package var operationCount: Int {
        guard kind == .commands else { return 0 }
        return encoded.withUnsafeReadableBytes { bytes in
            CommandExtent.operationCount(in: UnsafeRawBufferPointer(rebasing: bytes[Self.headerBytes...]))
        }
    }

    /// Encodes an entry around `payload`. Precondition: the payload is within `ReplicaLimits.entryPayloadBytesMax`.
    package init(
        id: LogID, kind: EntryKind, commandCount: Int, payload: ByteBuffer, featureLevel: UInt8 = FeatureLevel.first
    ) {
        var buffer = ByteBufferAllocator().buffer(capacity: Self.headerBytes + payload.readableBytes)
        buffer.writeRepeatingByte(0, count: Self.headerBytes)
        buffer.writeImmutableBuffer(payload)
        self.init(
            id: id, kind: kind, commandCount: commandCount, featureLevel: featureLevel, headerRoomAndPayload: buffer)
    }

    /// A configuration entry: a node that takes it must know the level that it brings into force.
    package init(id: LogID, _ configuration: Configuration) {
        self.init(
            id: id, kind: .configuration, commandCount: 0, payload: ConfigurationCodec.encode(configuration),
            featureLevel: configuration.featureLevel)
    }

    /// Fills the header into the first `headerBytes` readable bytes of `buffer`, in front of the payload.
    init(
        id: LogID, kind: EntryKind, commandCount: Int, featureLevel: UInt8,
        headerRoomAndPayload buffer: consuming ByteBuffer
    ) {
        let payloadBytes = buffer.readableBytes - Self.headerBytes
        precondition(payloadBytes >= 0, "there is no room for an entry's header")
        precondition(payloadBytes <= ReplicaLimits.entryPayloadBytesMax, "an entry's payload has \(payloadBytes) bytes")
        precondition(commandCount <= ReplicaLimits.commandsPerEntryMax, "an entry holds \(commandCount) commands")
        precondition((kind == .commands) == (commandCount > 0), "only entries of commands hold commands")
        let start = buffer.readerIndex
        buffer.setInteger(id.index.rawValue, at: start + 8, endianness: .little)
        buffer.setInteger(id.term.rawValue, at: start + Self.termOffset, endianness: .little)
        buffer.setInteger(kind.rawValue, at: start + 24)
        buffer.setInteger(featureLevel, at: start + 25)
        buffer.setInteger(UInt16(commandCount), at: start + 26, endianness: .little)
        buffer.setInteger(UInt32(payloadBytes), at: start + 28, endianness: .little)
        let checksum = buffer.withUnsafeReadableBytes { XXH64.hash(UnsafeRawBufferPointer(rebasing: $0[8...])) }
        buffer.setInteger(checksum, at: start, endianness: .little)
        self.id = id
        self.kind = kind
        self.featureLevel = featureLevel
        self.commandCount = commandCount
        self.encoded = buffer
    }

    /// Reads the entry at the start of `buffer` and moves its reader index to its end. The entry shares the buffer's
    /// storage. Checks everything but the commands inside. An entry of a later release is let in with what all entries
    /// have: it is for the receiver to refuse it in order, before it is appended.
    package init(decoding buffer: inout ByteBuffer) throws(CodecError) {
        let available = buffer.readableBytes
        guard available >= Self.headerBytes else { throw CodecError("an entry is cut off in its header") }
        let start = buffer.readerIndex
        // Each of these lies within the header, whose size was just checked.
        let payloadBytes = Int(buffer.getInteger(at: start + 28, endianness: .little, as: UInt32.self)!)
        guard payloadBytes <= ReplicaLimits.entryPayloadBytesMax else {
            throw CodecError("an entry states a payload of \(payloadBytes) bytes")
        }
        guard let encoded = buffer.readSlice(length: Self.headerBytes + payloadBytes) else {
            throw CodecError("an entry of \(Self.headerBytes + payloadBytes) bytes is cut off")
        }
        // These lie within the header too, which is the start of `encoded`.
        let stated = encoded.getInteger(at: encoded.readerIndex, endianness: .little, as: UInt64.self)!
        let actual = encoded.withUnsafeReadableBytes { XXH64.hash(UnsafeRawBufferPointer(rebasing: $0[8...])) }
        let index = encoded.getInteger(at: encoded.readerIndex + 8, endianness: .little, as: UInt64.self)!
        guard stated == actual else { throw CodecError("the checksum of the entry at index \(index) is wrong") }
        let term = encoded.getInteger(at: encoded.readerIndex + 16, endianness: .little, as: UInt64.self)!
        let rawKind = encoded.getInteger(at: encoded.readerIndex + 24, as: UInt8.self)!
        let level = encoded.getInteger(at: encoded.readerIndex + 25, as: UInt8.self)!
        let count = Int(encoded.getInteger(at: encoded.readerIndex + 26, endianness: .little, as: UInt16.self)!)
        guard index > 0, index < UInt64.max / 2 else { throw CodecError("an entry has the index \(index)") }
        guard term > 0, term < UInt64.max / 2 else { throw CodecError("an entry has the term \(term)") }
        guard level >= FeatureLevel.first else { throw CodecError("an entry needs the feature level \(level)") }
        let kind = EntryKind(rawValue: rawKind) ?? .unknown
        if level <= FeatureLevel.release {
            guard kind != .unknown, level >= kind.featureLevel else {
                throw CodecError("unknown entry kind \(rawKind) at feature level \(level)")
            }
            guard (kind == .commands) == (count > 0), count <= ReplicaLimits.commandsPerEntryMax else {
                throw CodecError("an entry of kind \(kind) states \(count) commands")
            }
        }
        featureLevel = level
        self.id = LogID(index: LogIndex(index), term: Term(term))
        self.kind = kind
        self.commandCount = count
        self.encoded = encoded
    }
}
