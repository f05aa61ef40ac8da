import Bytes
import KeyValue

/// A command, or a group of operations, before it is encoded.
enum TestStep {
    case command(TestCommand)
    /// Of the operations only key, value and kind count.
    case group([TestCommand], hasOneRevision: Bool)

    var encoded: [UInt8] {
        switch self {
        case .command(let command): command.encoded
        case .group(let operations, let hasOneRevision): Self.encode(operations, hasOneRevision: hasOneRevision)
        }
    }

    private static func encode(_ operations: [TestCommand], hasOneRevision: Bool) -> [UInt8] {
        var body: [UInt8] = []
        for operation in operations {
            var header = [UInt8](repeating: 0, count: OperationView.headerBytes)
            header.withUnsafeMutableBytes {
                OperationView.encodeHeader(
                    operation.kind, operation.kind == .put ? operation.valueType : nil, keyBytes: operation.key.count,
                    valueBytes: operation.value.count, into: $0)
            }
            body += header + operation.key + operation.value
        }
        let header = GroupHeader(
            hasOneRevision: hasOneRevision, operationCount: operations.count, operationsBytes: body.count)
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        return bytes + body
    }

    /// Steps of every kind on `keyCount` keys. Conditions and existing keys are met often.
    static func random(count: Int, keyCount: UInt8, using random: inout SplitMix64) -> [TestStep] {
        (0..<count).map { _ in
            if Int.random(in: 0..<8, using: &random) == 0 {
                let operations = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                    TestCommand.random(keyCount: keyCount, using: &random)
                }
                return .group(operations, hasOneRevision: Bool.random(using: &random))
            }
            var command = TestCommand.random(keyCount: keyCount, using: &random)
            command.reportsExistence = Int.random(in: 0..<6, using: &random) == 0
            command.condition =
                switch Int.random(in: 0..<9, using: &random) {
                case 0: .absent
                case 1: .present
                case 2: .revision(UInt64.random(in: 0...UInt64(count), using: &random))
                default: .none
                }
            if command.kind == .put, Bool.random(using: &random) { command.contentType = "text/plain" }
            return .command(command)
        }
    }
}

extension TestCommand {
    /// A put, or now and then a delete, without a condition.
    fileprivate static func random(keyCount: UInt8, using random: inout SplitMix64) -> TestCommand {
        let number = UInt8.random(in: 0..<keyCount, using: &random)
        // Some keys begin others.
        var command = TestCommand(key: [UInt8](repeating: number % 5, count: 1 + Int(number / 5)))
        if Int.random(in: 0..<4, using: &random) == 0 {
            command.kind = .delete
        } else {
            let byte = UInt8.random(in: 0...255, using: &random)
            command.value = [UInt8](repeating: byte, count: Int.random(in: 0...300, using: &random))
        }
        return command
    }
}
