import KeyValue
import Testing

@Suite("Groups of operations")
struct GroupTests {
    private func operation(_ kind: CommandKind, _ type: ValueType?, _ key: String, _ value: String = "") -> [UInt8] {
        var bytes = [UInt8](repeating: 0xFF, count: OperationView.headerBytes)
        bytes.withUnsafeMutableBytes {
            OperationView.encodeHeader(
                kind, type, keyBytes: key.utf8.count, valueBytes: value.utf8.count, into: $0)
        }
        return bytes + Array(key.utf8) + Array(value.utf8)
    }

    private func group(_ operations: [[UInt8]], hasOneRevision: Bool = false) -> [UInt8] {
        let body = operations.flatMap { $0 }
        let header = GroupHeader(
            hasOneRevision: hasOneRevision, operationCount: operations.count, operationsBytes: body.count)
        var bytes = [UInt8](repeating: 0xFF, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        return bytes + body
    }

    private var sample: [UInt8] { group([operation(.put, .bytes, "ke", "val"), operation(.delete, nil, "k")]) }

    @Test("The encoding of a group stays as it is, byte by byte")
    func golden() {
        #expect(
            sample
                == [46, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 22, 0, 0, 0]
                + [1, 2, 2, 0, 3, 0, 0, 0, 107, 101, 118, 97, 108]
                + [2, 0, 1, 0, 0, 0, 0, 0, 107])
        #expect(group([operation(.put, .json, "k", "1")], hasOneRevision: true)[5] == 8)
    }

    @Test("A group is read as it was written, in order, and bytes after it are ignored")
    func roundTrip() throws {
        try (sample + [1, 2, 3]).withUnsafeBytes { bytes in
            let view = try CommandView(decoding: bytes)

            #expect(view.kind == .group)
            #expect(view.encodedBytes == bytes.count - 3)
            #expect(view.operationCount == 2)
            #expect(!view.hasOneRevision)
            #expect(view.condition == .none)
            #expect(!view.reportsExistence)
            let operations = Array(try #require(view.operations))
            #expect(operations.map(\.kind) == [.put, .delete])
            #expect(operations.map { Array($0.key) } == [Array("ke".utf8), Array("k".utf8)])
            #expect(operations.map { Array($0.value) } == [Array("val".utf8), []])
        }
        try group([operation(.put, .json, "k", "1")], hasOneRevision: true).withUnsafeBytes { bytes in
            let view = try CommandView(decoding: bytes)
            #expect(view.hasOneRevision)
            #expect(view.operations?.first { _ in true }?.valueType == .json)
        }
    }

    @Test("A put or a delete is one operation and no group")
    func singleCommand() throws {
        let header = CommandHeader(kind: .delete, keyBytes: 1)
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes) + [107]
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }

        try bytes.withUnsafeBytes { bytes in
            let view = try CommandView(decoding: bytes)
            #expect(view.operations == nil)
            #expect(view.operationCount == 1)
        }
    }

    @Test("A group that is cut off anywhere is refused")
    func everyTruncation() {
        let good = sample
        for size in 0..<good.count { refuse(Array(good.prefix(size))) }
        for size in 1..<22 {
            // The stated size is right, but the last operations are cut off.
            var bytes = Array(good.prefix(good.count - size))
            bytes[0] = UInt8(bytes.count)
            bytes[20] = UInt8(bytes.count - CommandView.headerBytes)
            refuse(bytes)
        }
    }

    @Test("A group with a field of another command, or inconsistent numbers, is refused")
    func damage() {
        for place in [0, 4, 5, 6, 7, 8, 15, 16, 17, 18, 19, 20, 21, 24, 25, 26, 27, 28, 29, 31, 37, 38, 39, 41] {
            var bytes = sample
            bytes[place] = bytes[place] == 0xFF ? 0 : 0xFF
            refuse(bytes)
        }
        for count in [UInt8(0), 1, 3] {
            var bytes = sample
            bytes[18] = count
            refuse(bytes)
        }
    }

    @Test("An operation without a key, a delete with a value, and a group in a group are refused")
    func badOperations() {
        let bodies: [[UInt8]] = [
            [1, 2, 0, 0, 0, 0, 0, 0],
            [2, 0, 1, 0, 1, 0, 0, 0, 107, 118],
            [2, 2, 1, 0, 0, 0, 0, 0, 107],
            [3, 0, 1, 0, 0, 0, 0, 0, 107],
            [1, 0, 1, 0, 0, 0, 0, 0, 107],
        ]
        for body in bodies { refuse(group([body])) }
    }

    @Test("Whatever bytes follow the header of a group, they are read within their bounds or refused")
    func noise() {
        var state: UInt64 = 1
        var taken = 0
        for _ in 0..<20_000 {
            var body: [UInt8] = []
            for _ in 0..<Int(state >> 33 % 40) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                body.append(UInt8(truncatingIfNeeded: state >> 60) & 3)
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let count = 1 + Int(state >> 62)
            let header = GroupHeader(hasOneRevision: false, operationCount: count, operationsBytes: body.count)
            var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
            bytes.withUnsafeMutableBytes { header.encode(into: $0) }
            (bytes + body).withUnsafeBytes { bytes in
                do throws(CodecError) {
                    let view = try CommandView(decoding: bytes)
                    taken += 1
                    #expect(view.operations.map { Array($0).count } == count)
                } catch {
                    #expect(!error.description.isEmpty)
                }
            }
        }
        #expect(taken < 20_000)
    }

    @Test("A walk over commands finds each, counts the operations of groups, and ends at the first malformed one")
    func extents() {
        let header = CommandHeader(kind: .put, keyBytes: 1, valueBytes: 1)
        var put = [UInt8](repeating: 0, count: CommandView.headerBytes) + [107, 118]
        put.withUnsafeMutableBytes { header.encode(into: $0) }

        (put + sample + put).withUnsafeBytes { bytes in
            #expect(CommandExtent.operationCount(in: bytes) == 4)
            #expect(CommandExtent(at: 0, of: bytes)?.encodedBytes == put.count)
            #expect(CommandExtent(at: put.count, of: bytes)?.operationCount == 2)
            #expect(CommandExtent(at: bytes.count - 23, of: bytes) == nil)
            #expect(CommandExtent(at: -1, of: bytes) == nil)
        }
        [UInt8](repeating: 0, count: 64).withUnsafeBytes { bytes in
            #expect(CommandExtent(at: 0, of: bytes) == nil)
            #expect(CommandExtent.operationCount(in: bytes) == 0)
        }
    }

    @Test("The largest operation alone makes a group, and no group is larger than the largest put")
    func limits() {
        #expect(
            KeyValueLimits.groupBytesMax
                == OperationView.headerBytes + KeyValueLimits.keyBytesMax + KeyValueLimits.valueBytesMax)
        let largestPut = CommandHeader(
            kind: .put, contentTypeBytes: KeyValueLimits.contentTypeBytesMax, keyBytes: KeyValueLimits.keyBytesMax,
            valueBytes: KeyValueLimits.valueBytesMax)
        let largestGroup = GroupHeader(
            hasOneRevision: true, operationCount: KeyValueLimits.groupOperationsMax,
            operationsBytes: KeyValueLimits.groupBytesMax)
        #expect(largestGroup.encodedBytes <= largestPut.encodedBytes)
        #expect(KeyValueLimits.groupOperationsMax <= Int(UInt16.max))
    }

    private func refuse(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            _ = #expect(throws: CodecError.self, "\(Array(bytes))") { try CommandView(decoding: bytes) }
        }
    }
}
