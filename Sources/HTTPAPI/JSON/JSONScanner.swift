/// Checks JSON text (RFC 8259) in place, in one pass, without recursion and without building anything.
///
/// Strict: no comments, no trailing commas, no control characters in strings, no leading zeros. That strings are UTF-8
/// is checked for the whole document before (`JSONDocument`).
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next byte is read.
    private(set) var offset = 0

    /// The bytes must outlive the scanner.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next byte, or nil at the end.
    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// Moves over one byte that was looked at.
    mutating func advance() { offset += 1 }

    mutating func skipWhitespace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    /// Moves past the value that starts here or after white space. `depth` counts the containers around it.
    mutating func skipValue(depth: Int) throws(JSONFailure) {
        // One bit per open container, the innermost lowest: 1 for an object, 0 for an array.
        var containers: UInt128 = 0
        var open = 0
        while true {
            skipWhitespace()
            switch try current() {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = bytes[offset] == UInt8(ascii: "{")
                guard depth + open < HTTPLimits.jsonDepthMax else { throw .tooDeep(at: offset) }
                offset += 1
                containers = containers << 1 | (isObject ? 1 : 0)
                open += 1
                skipWhitespace()
                if try current() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) { break }
                if isObject { _ = try skipMemberName() }
                continue
            case UInt8(ascii: "\""):
                _ = try skipString()
            default:
                try skipScalar()
            }
            guard try closeContainers(&containers, &open) else { return }
        }
    }

    /// Called after a value: closes the containers that end here and moves to the next value of the innermost open one.
    /// Returns false if none is open any more.
    private mutating func closeContainers(_ containers: inout UInt128, _ open: inout Int) throws(JSONFailure) -> Bool {
        while open > 0 {
            skipWhitespace()
            let byte = try current()
            let isObject = containers & 1 == 1
            if byte == UInt8(ascii: ",") {
                offset += 1
                if isObject {
                    skipWhitespace()
                    _ = try skipMemberName()
                }
                return true
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                let context = isObject ? "after object key:value pair" : "after array element"
                throw .syntax(byte, at: offset, context)
            }
            offset += 1
            containers >>= 1
            open -= 1
        }
        return false
    }

    /// Moves past a member's name and its colon; returns the range of the name between its quotes.
    mutating func skipMemberName() throws(JSONFailure) -> Range<Int> {
        let byte = try current()
        guard byte == UInt8(ascii: "\"") else {
            throw .syntax(byte, at: offset, "looking for beginning of object key string")
        }
        let name = try skipString().content
        skipWhitespace()
        let colon = try current()
        guard colon == UInt8(ascii: ":") else { throw .syntax(colon, at: offset, "after object key") }
        offset += 1
        return name
    }

    /// Moves to the value of an object's next member and returns the range of the member's name; nil, and past the
    /// object, if it has no more. The scanner stands at the object's brace if `isFirst`, else after the value before.
    mutating func nextMember(isFirst: Bool) throws(JSONFailure) -> Range<Int>? {
        if isFirst { offset += 1 }
        skipWhitespace()
        let byte = try current()
        if byte == UInt8(ascii: "}") {
            offset += 1
            return nil
        }
        if !isFirst {
            guard byte == UInt8(ascii: ",") else { throw .syntax(byte, at: offset, "after object key:value pair") }
            offset += 1
            skipWhitespace()
        }
        let name = try skipMemberName()
        skipWhitespace()
        return name
    }

    /// Moves past the string that starts here; returns the range between its quotes.
    mutating func skipString() throws(JSONFailure) -> (content: Range<Int>, hasEscapes: Bool) {
        offset += 1
        let start = offset
        var hasEscapes = false
        while true {
            skipPlainWords()
            let byte = try current()
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return (start..<(offset - 1), hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                offset += 1
                try skipEscape()
            case 0..<0x20:
                throw .syntax(byte, at: offset, "in string literal")
            default:
                offset += 1
            }
        }
    }

    /// Inside a string: moves over eight bytes at a time while each of them stands for itself.
    private mutating func skipPlainWords() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        while offset + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            // The highest bit of a byte is set in these if the byte is below 0x20, a quote, a backslash.
            let control = (word &- ones &* 0x20) & ~word
            let quote = (quotes &- ones) & ~quotes
            let backslash = (backslashes &- ones) & ~backslashes
            guard (control | quote | backslash) & (ones &* 0x80) == 0 else { return }
            offset += 8
        }
    }

    /// Called after the backslash.
    private mutating func skipEscape() throws(JSONFailure) {
        let byte = try current()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 1
        case UInt8(ascii: "u"):
            offset += 1
            for _ in 0..<4 {
                let digit = try current()
                guard digit.hexadecimalValue != nil else {
                    throw .syntax(digit, at: offset, #"in \u hexadecimal character escape"#)
                }
                offset += 1
            }
        default:
            throw .syntax(byte, at: offset, "in string escape code")
        }
    }

    private mutating func skipScalar() throws(JSONFailure) {
        let byte = try current()
        switch byte {
        case UInt8(ascii: "t"): try skipLiteral("true")
        case UInt8(ascii: "f"): try skipLiteral("false")
        case UInt8(ascii: "n"): try skipLiteral("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
        default: throw .syntax(byte, at: offset, "looking for beginning of value")
        }
    }

    private mutating func skipLiteral(_ literal: StaticString) throws(JSONFailure) {
        for position in 0..<literal.utf8CodeUnitCount {
            let byte = try current()
            let expected = literal.utf8Start[position]
            guard byte == expected else {
                let character = Character(Unicode.Scalar(expected))
                throw .syntax(byte, at: offset, "in literal \(literal) (expecting '\(character)')")
            }
            offset += 1
        }
    }

    private mutating func skipNumber() throws(JSONFailure) {
        if next == UInt8(ascii: "-") { offset += 1 }
        if next == UInt8(ascii: "0") {
            offset += 1
        } else {
            try skipDigits("in numeric literal")
        }
        if next == UInt8(ascii: ".") {
            offset += 1
            try skipDigits("after decimal point in numeric literal")
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            try skipDigits("in exponent of numeric literal")
        }
    }

    /// At least one digit.
    private mutating func skipDigits(_ context: String) throws(JSONFailure) {
        let first = try current()
        guard first.isDigit else { throw .syntax(first, at: offset, context) }
        while let byte = next, byte.isDigit { offset += 1 }
    }

    private func current() throws(JSONFailure) -> UInt8 {
        guard offset < bytes.count else { throw .unexpectedEnd }
        return bytes[offset]
    }
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// The value of a hexadecimal digit, nil for any other byte.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
