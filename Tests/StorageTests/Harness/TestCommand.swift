import KeyValue

/// One command before it is encoded.
struct TestCommand {
    var kind = CommandKind.put
    var key: [UInt8]
    var value: [UInt8] = []
    var condition = Condition.none
    var reportsExistence = false
    var valueType = ValueType.bytes
    var contentType = ""

    static func put(_ key: String, _ value: String = "value", if condition: Condition = .none) -> TestCommand {
        TestCommand(key: Array(key.utf8), value: Array(value.utf8), condition: condition)
    }

    static func delete(_ key: String, if condition: Condition = .none, reportsExistence: Bool = false) -> TestCommand {
        TestCommand(
            kind: .delete, key: Array(key.utf8), condition: condition, reportsExistence: reportsExistence)
    }

    var encoded: [UInt8] {
        let header = CommandHeader(
            kind: kind, condition: condition, reportsExistence: reportsExistence, valueType: valueType,
            contentTypeBytes: contentType.utf8.count, keyBytes: key.count, valueBytes: value.count)
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        return bytes + Array(contentType.utf8) + key + value
    }
}
