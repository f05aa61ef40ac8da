import Bytes
import HotPath
import KeyValue
import NIOCore
import RaftCore
import Testing

@Suite("Entries and their checksum")
struct EntryTests {
    @Test("The encoding of an entry stays as it is, byte by byte")
    func goldenBytes() {
        let entry = Entry(
            id: LogID(index: LogIndex(0x0102), term: Term(3)), kind: .configuration, commandCount: 0,
            payload: ByteBuffer(string: "xy"), featureLevel: 6)

        let bytes = Array(entry.encoded.readableBytesView)

        #expect(
            Array(bytes[8...]) == [2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 6, 0, 0, 2, 0, 0, 0, 120, 121])
        let checksum = bytes[8...].withUnsafeBytes { XXH64.hash($0) }
        #expect(Array(bytes[..<8]) == withUnsafeBytes(of: checksum.littleEndian) { Array($0) })
    }

    @Test("An entry is decoded as it was encoded, and the buffer stands at its end")
    func roundTrip() throws {
        let entry = Entry(
            id: LogID(index: LogIndex(7), term: Term(2)), kind: .noop, commandCount: 0, payload: ByteBuffer())
        var buffer = entry.encoded
        buffer.writeString("next")

        let decoded = try Entry(decoding: &buffer)

        #expect(decoded == entry)
        #expect(String(buffer: buffer) == "next")
    }

    @Test("An entry of a later release is read as far as all entries are alike; one that is not is damaged")
    func laterRelease() throws {
        func decode(kind: UInt8, featureLevel: UInt8, count: UInt16) throws -> Entry {
            var bytes = Array(Entry.blank(7, term: 2).encoded.readableBytesView)
            bytes[24] = kind
            bytes[25] = featureLevel
            bytes.replaceSubrange(26..<28, with: withUnsafeBytes(of: count.littleEndian) { Array($0) })
            let checksum = bytes[8...].withUnsafeBytes { XXH64.hash($0) }
            bytes.replaceSubrange(0..<8, with: withUnsafeBytes(of: checksum.littleEndian) { Array($0) })
            var buffer = ByteBuffer(bytes: bytes)
            return try Entry(decoding: &buffer)
        }
        let later = try decode(kind: 99, featureLevel: FeatureLevel.release + 1, count: 3)

        #expect(later.kind == .unknown)
        #expect(later.featureLevel == FeatureLevel.release + 1)
        #expect(later.id == .of(7, term: 2))
        let latest = FeatureLevel.release
        #expect(
            try decode(kind: 2, featureLevel: latest, count: 0) == .blank(7, term: 2, featureLevel: latest))
        for (kind, level) in [(99, latest), (255, latest), (2, 0), (4, 1), (5, 1)] as [(UInt8, UInt8)] {
            #expect(throws: CodecError.self) { try decode(kind: kind, featureLevel: level, count: 0) }
        }
    }

    @Test("A flip of any single bit is found")
    func everyBitFlip() {
        let entry = Entry(
            id: LogID(index: LogIndex(7), term: Term(2)), kind: .configuration, commandCount: 0,
            payload: ByteBuffer(string: "payload"))
        for bit in 0..<(entry.encodedBytes * 8) {
            var bytes = Array(entry.encoded.readableBytesView)
            bytes[bit / 8] ^= 1 << (bit % 8)
            var buffer = ByteBuffer(bytes: bytes)

            #expect(throws: CodecError.self) { try Entry(decoding: &buffer) }
        }
    }

    @Test("An entry that is cut off anywhere is refused")
    func everyTruncation() {
        let entry = Entry(
            id: LogID(index: LogIndex(7), term: Term(2)), kind: .configuration, commandCount: 0,
            payload: ByteBuffer(string: "payload"))
        for size in 0..<entry.encodedBytes {
            var buffer = ByteBuffer(bytes: Array(entry.encoded.readableBytesView).prefix(size))

            #expect(throws: CodecError.self) { try Entry(decoding: &buffer) }
        }
    }

    @Test("Commands are packed up to the limits, in order, and nothing is left over")
    func packing() throws {
        var commands = ByteBuffer()
        for number in 0..<600 { write(key: "key-\(number)", valueBytes: 100, to: &commands) }
        let total = commands.readableBytes
        var packed = 0
        var counts: [Int] = []
        while commands.readableBytes > 0 {
            var builder = EntryBuilder(payloadBytesExpected: 1_000)
            let count = builder.take(from: &commands)
            let entry = builder.finish(id: LogID(index: LogIndex(UInt64(counts.count + 1)), term: Term(1)))
            #expect(entry.commandCount == count)
            packed += entry.payload.readableBytes
            counts.append(count)
        }

        #expect(packed == total)
        #expect(counts == [256, 256, 88])
    }

    @Test(
        "Packing stops at the limits of the replica's settings",
        arguments: [(2, 1 << 20, [2, 2, 1]), (9, 130, [2, 2, 1])])
    func packingLimits(commandsMax: Int, payloadBytesTarget: Int, expected: [Int]) {
        var commands = ByteBuffer()
        for number in 0..<5 { write(key: "key-\(number)", valueBytes: 100, to: &commands) }
        var counts: [Int] = []

        while commands.readableBytes > 0 {
            var builder = EntryBuilder(
                payloadBytesExpected: 1_000, commandsMax: commandsMax, payloadBytesTarget: payloadBytesTarget)
            counts.append(builder.take(from: &commands))
        }

        #expect(counts == expected)
    }

    @Test("One command larger than the target becomes a separate entry")
    func largeCommand() {
        var commands = ByteBuffer()
        write(key: "large", valueBytes: KeyValueLimits.valueBytesMax, to: &commands)
        write(key: "small", valueBytes: 1, to: &commands)
        var builder = EntryBuilder(payloadBytesExpected: 1_000)

        #expect(builder.take(from: &commands) == 1)
        #expect(
            builder.finish(id: LogID(index: LogIndex(1), term: Term(1))).encodedBytes <= ReplicaLimits.peerFrameBytesMax
        )
    }

    @Test("A group is one command of an entry, however many operations it has")
    func packingGroups() {
        var commands = ByteBuffer()
        write(key: "small", valueBytes: 1, to: &commands)
        for _ in 0..<3 { writeGroup(operationCount: 100, valueBytes: 400, to: &commands) }
        write(key: "small", valueBytes: 1, to: &commands)
        var entries: [Entry] = []
        var counted: [Int] = []
        while commands.readableBytes > 0 {
            var builder = EntryBuilder(payloadBytesExpected: 1_000)
            _ = builder.take(from: &commands)
            counted.append(builder.operationCount)
            entries.append(builder.finish(id: LogID(index: LogIndex(UInt64(entries.count + 1)), term: Term(1))))
        }

        #expect(entries.map(\.commandCount) == [3, 2])
        #expect(counted == [201, 101])
        #expect(entries.map(\.operationCount) == counted)
    }

    @Test("The largest group fits an entry after a full target, and goes with others no further")
    func largestGroup() {
        var commands = ByteBuffer()
        write(key: "k", valueBytes: ReplicaLimits.entryPayloadBytesTarget - CommandView.headerBytes - 2, to: &commands)
        let before = commands.readableBytes
        writeGroup(
            operationCount: 1, valueBytes: KeyValueLimits.groupBytesMax - OperationView.headerBytes - 1, to: &commands,
            checksLimits: false)
        writeGroup(operationCount: 1, valueBytes: 1, to: &commands)
        var builder = EntryBuilder(payloadBytesExpected: 1_000)

        #expect(before == ReplicaLimits.entryPayloadBytesTarget - 1)
        #expect(builder.take(from: &commands) == 2)
        let entry = builder.finish(id: LogID(index: LogIndex(1), term: Term(1)))
        #expect(entry.payload.readableBytes <= ReplicaLimits.entryPayloadBytesMax)
        #expect(entry.encodedBytes <= ReplicaLimits.peerFrameBytesMax)
        #expect(commands.readableBytes > 0)
    }

    @Test("Forwarded groups are checked to their last operation")
    func forwardedGroups() throws {
        var commands = ByteBuffer()
        writeGroup(operationCount: 3, valueBytes: 5, to: &commands)
        try ForwardedCommands.validate(commands, count: 1)

        let lastOperation = commands.writerIndex - (OperationView.headerBytes + 1 + 5)
        commands.setInteger(UInt8(9), at: lastOperation)

        #expect(throws: CodecError.self) { try ForwardedCommands.validate(commands, count: 1) }
    }

    @Test("An entry whose content a node could not apply is refused, and one of a later release is not looked into")
    func content() throws {
        func entry(
            _ kind: EntryKind, _ payload: ByteBuffer, count: Int = 0, level: UInt8 = FeatureLevel.first
        ) -> Entry {
            Entry(id: .of(1, term: 1), kind: kind, commandCount: count, payload: payload, featureLevel: level)
        }
        var commands = ByteBuffer()
        write(key: "a", valueBytes: 3, to: &commands)
        write(key: "b", valueBytes: 3, to: &commands)
        let junk = ByteBuffer(string: "zzzzzz")
        let raised = Configuration(members: [], featureLevel: FeatureLevel.first + 1)

        #expect(try entry(.commands, commands, count: 2).checkContent() == nil)
        #expect(try Entry(id: .of(1, term: 1), Configuration(members: [])).checkContent() == Configuration(members: []))
        #expect(throws: CodecError.self) { try entry(.commands, junk, count: 1).checkContent() }
        for count in [1, 3] {
            #expect(throws: CodecError.self) { try entry(.commands, commands, count: count).checkContent() }
        }
        #expect(throws: CodecError.self) { try entry(.configuration, junk).checkContent() }
        #expect(throws: CodecError.self) {
            try entry(.configuration, ConfigurationCodec.encode(raised)).checkContent()
        }
        let later = FeatureLevel.release + 1
        #expect(try entry(.commands, junk, count: 1, level: later).checkContent() == nil)
        #expect(try entry(.configuration, junk, level: later).checkContent() == nil)
    }

    @Test("Forwarded commands that do not add up are refused")
    func forwardedCommands() throws {
        var commands = ByteBuffer()
        write(key: "a", valueBytes: 3, to: &commands)
        write(key: "b", valueBytes: 3, to: &commands)

        try ForwardedCommands.validate(commands, count: 2)
        #expect(throws: CodecError.self) { try ForwardedCommands.validate(commands, count: 1) }
        #expect(throws: CodecError.self) { try ForwardedCommands.validate(commands, count: 3) }
        let shortened = commands.getSlice(at: commands.readerIndex, length: commands.readableBytes - 1)!
        #expect(throws: CodecError.self) { try ForwardedCommands.validate(shortened, count: 2) }
        #expect(throws: CodecError.self) { try ForwardedCommands.validate(ByteBuffer(), count: 0) }
    }

    /// A group of puts of one-byte keys. Without `checksLimits` the size of a value is not that of any user's.
    private func writeGroup(
        operationCount: Int, valueBytes: Int, to buffer: inout ByteBuffer, checksLimits: Bool = true
    ) {
        var operations = ByteBuffer()
        for _ in 0..<operationCount {
            operations.writeWithUnsafeMutableBytes(minimumWritableBytes: OperationView.headerBytes) { target in
                OperationView.encodeHeader(
                    .put, .bytes, keyBytes: 1, valueBytes: checksLimits ? valueBytes : 0, into: target)
                return OperationView.headerBytes
            }
            operations.writeString("k")
            operations.writeRepeatingByte(UInt8(ascii: "v"), count: valueBytes)
        }
        let header = GroupHeader(
            hasOneRevision: false, operationCount: operationCount, operationsBytes: operations.readableBytes)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: CommandView.headerBytes) { target in
            header.encode(into: target)
            return CommandView.headerBytes
        }
        buffer.writeImmutableBuffer(operations)
    }

    private func write(key: String, valueBytes: Int, to buffer: inout ByteBuffer) {
        let header = CommandHeader(kind: .put, keyBytes: key.utf8.count, valueBytes: valueBytes)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: header.encodedBytes) { target in
            header.encode(into: target)
            return CommandView.headerBytes
        }
        buffer.writeString(key)
        buffer.writeRepeatingByte(UInt8(ascii: "v"), count: valueBytes)
    }
}
