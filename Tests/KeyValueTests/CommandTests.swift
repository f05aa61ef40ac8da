import KeyValue
import Testing

@Suite("Commands and records")
struct CommandTests {
    private func encode(_ header: CommandHeader, _ contentType: String, _ key: String, _ value: String) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xFF, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        return bytes + Array(contentType.utf8) + Array(key.utf8) + Array(value.utf8)
    }

    @Test("The encoding of a put stays as it is, byte by byte")
    func goldenPut() {
        let header = CommandHeader(
            kind: .put, condition: .revision(0x0201), valueType: .json, contentTypeBytes: 1, keyBytes: 2, valueBytes: 3)

        #expect(
            encode(header, "t", "ke", "val")
                == [30, 0, 0, 0, 1, 2, 1, 1, 1, 2, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]
                + [116, 107, 101, 118, 97, 108])
    }

    @Test(
        "Every condition survives the encoding",
        arguments: [
            Condition.none, .absent, .present, .revision(0), .revision(1), .revision(.max),
        ])
    func conditions(condition: Condition) throws {
        let header = CommandHeader(kind: .delete, condition: condition, reportsExistence: true, keyBytes: 1)

        try encode(header, "", "k", "").withUnsafeBytes { bytes in
            let view = try CommandView(decoding: bytes)
            #expect(view.condition == condition)
            #expect(view.kind == .delete)
            #expect(view.reportsExistence)
        }
    }

    @Test("A decoded command has the parts that were encoded")
    func parts() throws {
        let header = CommandHeader(kind: .put, valueType: .bytes, contentTypeBytes: 4, keyBytes: 3, valueBytes: 5)

        try (encode(header, "a/bc", "key", "value") + [1, 2, 3]).withUnsafeBytes { bytes in
            let view = try CommandView(decoding: bytes)
            #expect(Array(view.contentType) == Array("a/bc".utf8))
            #expect(Array(view.key) == Array("key".utf8))
            #expect(Array(view.value) == Array("value".utf8))
            #expect(view.encodedBytes == bytes.count - 3)
        }
    }

    @Test("A command is refused when it is cut off, or any size in it is wrong, and never read past its end")
    func damage() {
        let good = encode(CommandHeader(kind: .put, keyBytes: 3, valueBytes: 5), "", "key", "value")
        for size in 0..<good.count {
            Array(good.prefix(size)).withUnsafeBytes { bytes in
                _ = #expect(throws: CodecError.self) { try CommandView(decoding: bytes) }
            }
        }
        for place in [0, 1, 2, 3, 4, 6, 7, 16, 17, 20, 21, 22, 23] {
            var bytes = good
            bytes[place] = 0xFF
            bytes.withUnsafeBytes { bytes in
                _ = #expect(throws: CodecError.self) { try CommandView(decoding: bytes) }
            }
        }
    }

    @Test("A kind, a flag, a field or a type of value that this release does not know is one of a later release")
    func laterRelease() {
        let put = encode(CommandHeader(kind: .put, keyBytes: 1, valueBytes: 1), "", "k", "v")
        func changed(_ place: Int, _ value: UInt8, inserting field: [UInt8] = []) -> [UInt8] {
            var bytes = put
            bytes[place] = value
            bytes[0] += UInt8(field.count)
            bytes.insert(contentsOf: field, at: CommandView.headerBytes)
            return bytes
        }
        let later = [
            changed(4, 4), changed(5, 0b1000), changed(6, 3), changed(18, 2, inserting: [1, 0]),
            changed(18, 5, inserting: [1, 1, 9, 2, 0]),
        ]
        for bytes in later {
            #expect(isOfLaterRelease(bytes) == true)
        }
        // Fields that do not fill the extension are damage.
        #expect(isOfLaterRelease(changed(18, 2, inserting: [1, 1])) == false)
        #expect(isOfLaterRelease(changed(18, 1, inserting: [1])) == false)
        #expect(isOfLaterRelease(changed(18, 3)) == false)
        #expect(isOfLaterRelease(put) == nil)
    }

    @Test("A group has the same room as a put, and its operations have none")
    func laterGroups() {
        var operation = [UInt8](repeating: 0, count: OperationView.headerBytes)
        operation.withUnsafeMutableBytes {
            OperationView.encodeHeader(.delete, nil, keyBytes: 1, valueBytes: 0, into: $0)
        }
        operation.append(0x6B)
        let header = GroupHeader(hasOneRevision: false, operationCount: 1, operationsBytes: operation.count)
        var group = [UInt8](repeating: 0xFF, count: CommandView.headerBytes)
        group.withUnsafeMutableBytes { header.encode(into: $0) }
        #expect(isOfLaterRelease(group + operation) == nil)

        var extended = group + [7, 1, 0] + operation
        extended[0] += 3
        extended[16] = 3
        #expect(isOfLaterRelease(extended) == true)
        var flagged = group + operation
        flagged[5] |= 1
        #expect(isOfLaterRelease(flagged) == true)
        operation[0] = 0x82
        #expect(isOfLaterRelease(group + operation) == true)
    }

    /// Whether the bytes are refused as a command of a later release; nil if they are not refused.
    private func isOfLaterRelease(_ bytes: [UInt8]) -> Bool? {
        bytes.withUnsafeBytes { bytes in
            do throws(CodecError) {
                _ = try CommandView(decoding: bytes)
                return nil
            } catch {
                return error.isOfLaterRelease
            }
        }
    }

    @Test("A deadline stands between the revision and the content type")
    func deadline() throws {
        let bytes: [UInt8] = [1, 2, 1, 1, 7, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x27, 0, 0, 0, 0, 0, 0, 116, 49]

        try bytes.withUnsafeBytes { bytes in
            let view = try RecordView(decoding: bytes)
            #expect(view.deadlineMilliseconds == 10_000)
            #expect(view.revision == 7)
            #expect(Array(view.contentType) == [116])
            #expect(Array(view.value) == [49])
        }
    }

    @Test("The encoding of a record stays as it is, and is read back")
    func record() throws {
        var bytes = [UInt8](repeating: 0xFF, count: RecordHeader.bytesMin)
        bytes.withUnsafeMutableBytes {
            RecordHeader.encode(valueType: .json, contentTypeBytes: 1, revision: 0x0102, into: $0)
        }
        bytes += [116, 49]

        #expect(bytes == [1, 1, 1, 0, 2, 1, 0, 0, 0, 0, 0, 0, 116, 49])
        try bytes.withUnsafeBytes { bytes in
            let view = try RecordView(decoding: bytes)
            #expect(view.revision == 0x0102)
            #expect(view.valueType == .json)
            #expect(Array(view.value) == [49])
            #expect(Array(view.contentType) == [116])
            #expect(view.deadlineMilliseconds == nil)
        }
        for size in 0..<RecordHeader.bytesMin {
            Array(bytes.prefix(size)).withUnsafeBytes { bytes in
                _ = #expect(throws: CodecError.self) { try RecordView(decoding: bytes) }
            }
        }
    }
}
