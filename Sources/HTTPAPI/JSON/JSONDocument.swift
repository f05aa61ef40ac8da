/// Reads documents that are one object.
enum JSONDocument {
    /// Checks the whole document and calls `visit` with each member in order, duplicates included. An empty document
    /// and `null` have no members, as in echo's binder.
    static func forEachMember(
        of document: UnsafeRawBufferPointer, _ visit: (JSONMember) -> Void
    ) throws(JSONFailure) {
        guard document.count > 0 else { return }
        guard document.isUTF8 else { throw .notUTF8() }
        var scanner = JSONScanner(document)
        scanner.skipWhitespace()
        guard let first = scanner.next else { throw .empty }
        let start = scanner.offset
        if first == UInt8(ascii: "{") {
            try scanMembers(of: document, with: &scanner, visit)
        } else {
            try scanner.skipValue(depth: 0)
        }
        let end = scanner.offset
        scanner.skipWhitespace()
        if let extra = scanner.next { throw .syntax(extra, at: scanner.offset, "after top-level value") }
        let kind = kind(ofValueStartingWith: first)
        guard kind == .object || kind == .null else {
            throw .type(
                expected: "object", got: kind.rawValue, field: "", endOffset: kind == .array ? start + 1 : end)
        }
    }

    private static func scanMembers(
        of document: UnsafeRawBufferPointer, with scanner: inout JSONScanner, _ visit: (JSONMember) -> Void
    ) throws(JSONFailure) {
        var isFirst = true
        // The brace, and after it each comma.
        scanner.advance()
        while true {
            scanner.skipWhitespace()
            if isFirst, scanner.next == UInt8(ascii: "}") { break }
            isFirst = false
            guard scanner.next != nil else { throw .unexpectedEnd }
            let name = try scanner.skipMemberName()
            scanner.skipWhitespace()
            let start = scanner.offset
            try scanner.skipValue(depth: 1)
            let range = start..<scanner.offset
            visit(
                JSONMember(
                    name: UnsafeRawBufferPointer(rebasing: document[name]),
                    value: UnsafeRawBufferPointer(rebasing: document[range]), range: range,
                    kind: kind(ofValueStartingWith: document[start])))
            scanner.skipWhitespace()
            guard let byte = scanner.next else { throw .unexpectedEnd }
            if byte == UInt8(ascii: "}") { break }
            guard byte == UInt8(ascii: ",") else {
                throw .syntax(byte, at: scanner.offset, "after object key:value pair")
            }
            scanner.advance()
        }
        scanner.advance()
    }

    /// The kind of a value that was found to be valid.
    private static func kind(ofValueStartingWith byte: UInt8) -> JSONMember.Kind {
        switch byte {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }
}
