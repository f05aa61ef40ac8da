internal import Bytes
internal import KeyValue
internal import NIOCore

/// Why one operation of a batch is refused.
struct OperationFailure: Error, Hashable {
    var code = ErrorCode.invalidArgument
    let message: String

    init(_ message: String) { self.message = message }

    static let notAnOperation = OperationFailure("an operation is an object with one member, 'put' or 'delete'")

    static func valueTooLarge(_ field: StaticString) -> OperationFailure {
        var failure = OperationFailure("field '\(field)' is larger than \(KeyValueLimits.valueBytesMax) bytes")
        failure.code = .valueTooLarge
        return failure
    }

    static func unknownField(_ name: UnsafeRawBufferPointer, in object: StaticString?) -> OperationFailure {
        var end = min(name.count, HTTPLimits.quotedNameBytesMax)
        // Not within a character.
        while end < name.count, end > 0, name[end] & 0xC0 == 0x80 { end -= 1 }
        let shown = String(decoding: name[..<end], as: UTF8.self)
        guard let object else { return OperationFailure("unknown field '\(shown)'; an operation is 'put' or 'delete'") }
        return OperationFailure("unknown field '\(shown)' in '\(object)'")
    }
}
