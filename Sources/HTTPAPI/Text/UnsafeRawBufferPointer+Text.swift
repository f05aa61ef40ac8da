internal import Glibc

extension UnsafeRawBufferPointer {
    /// The bytes of a literal, which live as long as the process.
    init(_ text: StaticString) { self.init(start: text.utf8Start, count: text.utf8CodeUnitCount) }

    /// Whether all of this is well-formed UTF-8.
    var isUTF8: Bool {
        if isASCII { return true }
        return withMemoryRebound(to: UInt8.self) { bytes in
            do {
                _ = try UTF8Span(validating: bytes.span)
                return true
            } catch {
                return false
            }
        }
    }

    private var isASCII: Bool {
        var offset = 0
        while offset + 8 <= count {
            guard loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 else {
                return false
            }
            offset += 8
        }
        while offset < count {
            guard self[offset] < 0x80 else { return false }
            offset += 1
        }
        return true
    }

    /// Whether this is ASCII that a JSON string holds as it is.
    var isPlainJSON: Bool {
        for byte in self {
            if byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
        }
        return true
    }

    func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && hasPrefix(text) }

    func hasPrefix(_ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount > 0 else { return true }
        guard count >= text.utf8CodeUnitCount, let start = baseAddress else { return false }
        return memcmp(start, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    func hasSuffix(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && UnsafeRawBufferPointer(rebasing: self[(count - text.utf8CodeUnitCount)...]).equals(text)
    }

    /// `text` is lower-case ASCII.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<count {
            var byte = self[offset]
            if byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            if byte != text.utf8Start[offset] { return false }
        }
        return true
    }

    /// The same for the start.
    func hasPrefixIgnoringCase(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && UnsafeRawBufferPointer(rebasing: self[..<text.utf8CodeUnitCount]).equalsIgnoringCase(text)
    }

    /// Without white space at both ends, as Go's `strings.TrimSpace` understands it: Unicode's White_Space in UTF-8.
    var trimmingSpace: UnsafeRawBufferPointer {
        var start = 0
        while start < count {
            let size = spaceBytes(at: start)
            if size == 0 { break }
            start += size
        }
        var end = count
        while end > start {
            // A white space character has at most three bytes.
            let size = (1...3).first { end - $0 >= start && spaceBytes(at: end - $0) == $0 } ?? 0
            if size == 0 { break }
            end -= size
        }
        return UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    /// How many bytes of white space start here; 0 for anything else.
    private func spaceBytes(at offset: Int) -> Int {
        switch self[offset] {
        case 0x09...0x0D, 0x20:
            return 1
        case 0xC2 where offset + 1 < count:
            return self[offset + 1] == 0x85 || self[offset + 1] == 0xA0 ? 2 : 0
        case 0xE1 where offset + 2 < count:
            return self[offset + 1] == 0x9A && self[offset + 2] == 0x80 ? 3 : 0
        case 0xE2 where offset + 2 < count:
            let last = self[offset + 2]
            if self[offset + 1] == 0x80 {
                return (0x80...0x8A).contains(last) || last == 0xA8 || last == 0xA9 || last == 0xAF ? 3 : 0
            }
            return self[offset + 1] == 0x81 && last == 0x9F ? 3 : 0
        case 0xE3 where offset + 2 < count:
            return self[offset + 1] == 0x80 && self[offset + 2] == 0x80 ? 3 : 0
        default:
            return 0
        }
    }

    /// The number that these decimal digits are; nil if empty, from 2^64 on, or anything else.
    var decimalValue: UInt64? {
        guard count > 0 else { return nil }
        var value: UInt64 = 0
        for byte in self {
            guard byte.isDigit else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// The start of what a client sent, fit for a sentence.
    var quoted: String {
        let shown = prefix(HTTPLimits.quotedNameBytesMax).map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
        return String(decoding: shown, as: UTF8.self)
    }
}
