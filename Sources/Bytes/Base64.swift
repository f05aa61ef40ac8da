/// Base64 as RFC 4648, section 4, has it: the standard alphabet, with padding, without line breaks.
package enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let padding = UInt8(ascii: "=")

    /// How long the text of this many bytes is.
    package static func encodedCount(_ byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 }

    // MARK: On memory of the caller

    /// Writes the text of `bytes` to `text`, which has room for `encodedCount` of them. Returns the size of the text.
    @discardableResult
    package static func encode(_ bytes: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer) -> Int {
        let size = encodedCount(bytes.count)
        precondition(text.count >= size, "there is no room to encode Base64")
        let characters = alphabet.utf8Start
        var place = 0
        var offset = 0
        while offset + 3 <= bytes.count {
            let group = UInt32(bytes[offset]) << 16 | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2])
            text[place] = characters[Int(group >> 18)]
            text[place + 1] = characters[Int(group >> 12 & 63)]
            text[place + 2] = characters[Int(group >> 6 & 63)]
            text[place + 3] = characters[Int(group & 63)]
            place += 4
            offset += 3
        }
        if offset < bytes.count {
            let hasTwo = offset + 1 < bytes.count
            let group = UInt32(bytes[offset]) << 16 | (hasTwo ? UInt32(bytes[offset + 1]) << 8 : 0)
            text[place] = characters[Int(group >> 18)]
            text[place + 1] = characters[Int(group >> 12 & 63)]
            text[place + 2] = hasTwo ? characters[Int(group >> 6 & 63)] : padding
            text[place + 3] = padding
        }
        return size
    }

    /// Writes the bytes that `text` stands for to `bytes`, which is at least as large, and returns their number; nil if
    /// `text` is not Base64.
    package static func decode(_ text: UnsafeRawBufferPointer, into bytes: UnsafeMutableRawBufferPointer) -> Int? {
        precondition(bytes.count >= text.count, "there is no room to decode Base64")
        guard text.count % 4 == 0 else { return nil }
        var size = 0
        for start in stride(from: 0, to: text.count, by: 4) {
            let paddingCount = start + 4 == text.count ? paddingCount(ofLastGroup: text, at: start) : 0
            var group: UInt32 = 0
            for position in start..<(start + 4 - paddingCount) {
                guard let digit = value(of: text[position]) else { return nil }
                group = group << 6 | digit
            }
            group <<= 6 * UInt32(paddingCount)
            // The bits after the last byte are 0, or two texts would stand for the same bytes.
            guard group & (1 << (8 * UInt32(paddingCount)) - 1) == 0 else { return nil }
            for position in 0..<(3 - paddingCount) {
                bytes[size] = UInt8(truncatingIfNeeded: group >> (16 - 8 * UInt32(position)))
                size += 1
            }
        }
        return size
    }

    /// 0, 1 or 2.
    private static func paddingCount(ofLastGroup text: UnsafeRawBufferPointer, at start: Int) -> Int {
        guard text[start + 3] == padding else { return 0 }
        return text[start + 2] == padding ? 2 : 1
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    // MARK: On values

    /// The text of `bytes`.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        return String(unsafeUninitializedCapacity: encodedCount(bytes.count)) { text in
            bytes.withUnsafeBytes { encode($0, into: UnsafeMutableRawBufferPointer(text)) }
        }
    }

    /// The bytes that `text` stands for; nil if it is not Base64.
    package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        let text = Array(text)
        var isValid = true
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count) { bytes, count in
            let size = text.withUnsafeBytes { decode($0, into: UnsafeMutableRawBufferPointer(bytes)) }
            isValid = size != nil
            count = size ?? 0
        }
        return isValid ? bytes : nil
    }
}
