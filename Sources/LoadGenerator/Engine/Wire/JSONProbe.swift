/// Searches JSON text for one member without parsing all of it. Sufficient for answers of known shape that hold no
/// foreign text before the member; a malformed answer can only be counted wrongly.
enum JSONProbe {
    /// A number, or a string of digits (as etcd writes 64-bit numbers).
    static func number(_ name: StaticString, in body: [UInt8]) -> UInt64? {
        guard var position = valueStart(name, in: body) else { return nil }
        if body[position] == UInt8(ascii: "\"") { position += 1 }
        var value: UInt64 = 0
        var digits = 0
        while position < body.count, body[position] >= UInt8(ascii: "0"), body[position] <= UInt8(ascii: "9"),
            digits < 19
        {
            value = 10 * value + UInt64(body[position] - UInt8(ascii: "0"))
            digits += 1
            position += 1
        }
        return digits > 0 ? value : nil
    }

    /// A string as it is in the text, escapes included.
    static func string(_ name: StaticString, in body: [UInt8]) -> ArraySlice<UInt8>? {
        guard let start = valueStart(name, in: body), body[start] == UInt8(ascii: "\"") else { return nil }
        var end = start + 1
        while end < body.count, body[end] != UInt8(ascii: "\"") { end += body[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return end < body.count ? body[(start + 1)..<end] : nil
    }

    static func isTrue(_ name: StaticString, in body: [UInt8]) -> Bool {
        guard let start = valueStart(name, in: body) else { return false }
        return body[start...].starts(with: "true".utf8)
    }

    static func isEmptyArray(_ name: StaticString, in body: [UInt8]) -> Bool {
        guard var position = valueStart(name, in: body), body[position] == UInt8(ascii: "[") else { return false }
        position = skipSpace(position + 1, in: body)
        return position < body.count && body[position] == UInt8(ascii: "]")
    }

    static func has(_ name: StaticString, in body: [UInt8]) -> Bool { valueStart(name, in: body) != nil }

    static func contains(_ text: StaticString, in body: [UInt8]) -> Bool {
        find(text, in: body, quoted: false, from: 0) != nil
    }

    /// Where the value of the first member with this name begins.
    private static func valueStart(_ name: StaticString, in body: [UInt8]) -> Int? {
        var from = 0
        while let end = find(name, in: body, quoted: true, from: from) {
            var position = skipSpace(end, in: body)
            if position < body.count, body[position] == UInt8(ascii: ":") {
                position = skipSpace(position + 1, in: body)
                return position < body.count ? position : nil
            }
            from = end
        }
        return nil
    }

    private static func skipSpace(_ start: Int, in body: [UInt8]) -> Int {
        var position = start
        while position < body.count, body[position] == UInt8(ascii: " ") || body[position] == UInt8(ascii: "\n") {
            position += 1
        }
        return position
    }

    /// The end of the first occurrence of the text, quotes included.
    private static func find(_ text: StaticString, in body: [UInt8], quoted: Bool, from start: Int) -> Int? {
        let margin = quoted ? 1 : 0
        let count = text.utf8CodeUnitCount + 2 * margin
        guard body.count >= start + count else { return nil }
        return body.withUnsafeBufferPointer { bytes in
            for offset in start...(bytes.count - count) {
                if quoted {
                    guard bytes[offset] == UInt8(ascii: "\""), bytes[offset + count - 1] == UInt8(ascii: "\"") else {
                        continue
                    }
                }
                var matched = 0
                while matched < text.utf8CodeUnitCount, bytes[offset + margin + matched] == text.utf8Start[matched] {
                    matched += 1
                }
                if matched == text.utf8CodeUnitCount { return offset + count }
            }
            return nil
        }
    }
}
