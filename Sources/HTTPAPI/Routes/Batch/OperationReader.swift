internal import Glibc
internal import KeyValue

/// Reads one operation: `{"put":{"key":"k","value":"v"}}` or `{"delete":{"key":"k"}}`.
///
/// `value` may be any JSON: a string stands for its characters, anything else for its own text. `key_base64` and
/// `value_base64` take the place of `key` and `value` for bytes that are not UTF-8.
struct OperationReader {
    private let text: UnsafeRawBufferPointer
    private(set) var scanner: JSONScanner
    /// Of the containers around the operation.
    private let depth: Int

    /// The first thing that is wrong with the operation.
    private(set) var failure: OperationFailure?
    private var kind: CommandKind?
    private var key: (piece: BatchPiece, field: StaticString)?
    private var value: (piece: BatchPiece, type: ValueType, field: StaticString)?

    /// `scanner` reads `text` and stands before the operation.
    init(_ text: UnsafeRawBufferPointer, _ scanner: JSONScanner, depth: Int) {
        self.text = text
        self.scanner = scanner
        self.depth = depth
    }

    /// The operation, unless something is wrong with it.
    var operation: BatchOperation? {
        guard failure == nil, let kind, let key else { return nil }
        guard let value else {
            return BatchOperation(kind: kind, key: key.piece, keyField: key.field)
        }
        return BatchOperation(
            kind: kind, key: key.piece, keyField: key.field, valueType: value.type, value: value.piece,
            valueField: value.field)
    }

    /// Moves past the operation, whatever is wrong with it as long as it is JSON. Runs once.
    mutating func read() throws(JSONFailure) {
        scanner.skipWhitespace()
        guard scanner.next == UInt8(ascii: "{") else {
            try scanner.skipValue(depth: depth)
            return fail(.notAnOperation)
        }
        var member = try scanner.nextMember(isFirst: true)
        while let name = member {
            try readMember(named: UnsafeRawBufferPointer(rebasing: text[name]))
            member = try scanner.nextMember(isFirst: false)
        }
        guard let kind else { return fail(.notAnOperation) }
        if key == nil { fail(OperationFailure("field 'key' is missing")) }
        if kind == .put, value == nil { fail(OperationFailure("field 'value' is missing")) }
    }

    private mutating func fail(_ reason: OperationFailure) {
        if failure == nil { failure = reason }
    }

    private mutating func readMember(named name: UnsafeRawBufferPointer) throws(JSONFailure) {
        let found: CommandKind
        if JSONText.isEqual(name, to: "put") {
            found = .put
        } else if JSONText.isEqual(name, to: "delete") {
            found = .delete
        } else {
            try scanner.skipValue(depth: depth + 1)
            return fail(.unknownField(name, in: nil))
        }
        guard kind == nil else {
            try scanner.skipValue(depth: depth + 1)
            return fail(OperationFailure("it holds two operations; give each an object of its own"))
        }
        kind = found
        let field: StaticString = found == .put ? "put" : "delete"
        guard scanner.next == UInt8(ascii: "{") else {
            try scanner.skipValue(depth: depth + 1)
            return fail(OperationFailure("field '\(field)' is not an object"))
        }
        var member = try scanner.nextMember(isFirst: true)
        while let name = member {
            let name = UnsafeRawBufferPointer(rebasing: text[name])
            if JSONText.isEqual(name, to: "key") {
                try readKey("key", isBase64: false)
            } else if found == .put, JSONText.isEqual(name, to: "value") {
                try readValue()
            } else if JSONText.isEqual(name, to: "key_base64") {
                try readKey("key_base64", isBase64: true)
            } else if found == .put, JSONText.isEqual(name, to: "value_base64") {
                try readBase64Value()
            } else {
                try scanner.skipValue(depth: depth + 2)
                fail(.unknownField(name, in: field))
            }
            member = try scanner.nextMember(isFirst: false)
        }
    }

    private mutating func readKey(_ field: StaticString, isBase64: Bool) throws(JSONFailure) {
        guard let piece = try readString(field, isBase64: isBase64) else { return }
        if key != nil { fail(OperationFailure("field '\(field)' gives the key a second time")) }
        key = (piece, field)
    }

    private mutating func readBase64Value() throws(JSONFailure) {
        guard let piece = try readString("value_base64", isBase64: true) else { return }
        keepValue(piece, .bytes, "value_base64")
    }

    private mutating func readValue() throws(JSONFailure) {
        if scanner.next == UInt8(ascii: "\"") {
            guard let piece = try readString("value", isBase64: false) else { return }
            return keepValue(piece, .bytes, "value")
        }
        let start = scanner.offset
        try scanner.skipValue(depth: depth + 2)
        let json = UnsafeRawBufferPointer(rebasing: text[start..<scanner.offset])
        keepValue(BatchPiece(bytes: json, encoding: .plain), .json, "value")
    }

    private mutating func keepValue(_ piece: BatchPiece, _ type: ValueType, _ field: StaticString) {
        if value != nil { fail(OperationFailure("field '\(field)' gives the value a second time")) }
        value = (piece, type, field)
    }

    /// Nil, with the scanner after the value, if it is not a string.
    private mutating func readString(_ field: StaticString, isBase64: Bool) throws(JSONFailure) -> BatchPiece? {
        guard scanner.next == UInt8(ascii: "\"") else {
            try scanner.skipValue(depth: depth + 2)
            fail(OperationFailure("field '\(field)' is not a string"))
            return nil
        }
        let (content, hasEscapes) = try scanner.skipString()
        let encoding: BatchPiece.Encoding =
            isBase64 ? (hasEscapes ? .escapedBase64 : .base64) : (hasEscapes ? .escaped : .plain)
        return BatchPiece(bytes: UnsafeRawBufferPointer(rebasing: text[content]), encoding: encoding)
    }
}
