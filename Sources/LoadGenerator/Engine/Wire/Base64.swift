/// The standard base64 of RFC 4648, with padding: how etcd's gateway carries bytes.
enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let padding = UInt8(ascii: "=")

    static func encodedCount(_ byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 }

    /// `text` has room for `encodedCount` bytes.
    static func encode(_ source: UnsafeRawBufferPointer, to text: UnsafeMutableRawPointer) {
        let characters = alphabet.utf8Start
        var output = text.assumingMemoryBound(to: UInt8.self)
        var offset = 0
        while offset + 3 <= source.count {
            let group = UInt32(source[offset]) << 16 | UInt32(source[offset + 1]) << 8 | UInt32(source[offset + 2])
            output[0] = characters[Int(group >> 18)]
            output[1] = characters[Int(group >> 12 & 63)]
            output[2] = characters[Int(group >> 6 & 63)]
            output[3] = characters[Int(group & 63)]
            output += 4
            offset += 3
        }
        guard offset < source.count else { return }
        let hasTwo = offset + 1 < source.count
        let group = UInt32(source[offset]) << 16 | (hasTwo ? UInt32(source[offset + 1]) << 8 : 0)
        output[0] = characters[Int(group >> 18)]
        output[1] = characters[Int(group >> 12 & 63)]
        output[2] = hasTwo ? characters[Int(group >> 6 & 63)] : padding
        output[3] = padding
    }

    /// Nil if this is no base64 text.
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        var characterCount = 0
        var paddingCount = 0
        for character in text {
            characterCount += 1
            if character == padding {
                paddingCount += 1
                continue
            }
            guard paddingCount == 0, let bits = value(of: character) else { return nil }
            group = group << 6 | bits
            if characterCount % 4 == 0 {
                bytes += [UInt8(truncatingIfNeeded: group >> 16), UInt8(truncatingIfNeeded: group >> 8)]
                bytes.append(UInt8(truncatingIfNeeded: group))
                group = 0
            }
        }
        guard characterCount % 4 == 0 else { return nil }
        switch paddingCount {
        case 0: break
        case 1: bytes += [UInt8(truncatingIfNeeded: group >> 10), UInt8(truncatingIfNeeded: group >> 2)]
        case 2: bytes.append(UInt8(truncatingIfNeeded: group >> 4))
        default: return nil
        }
        return bytes
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
}
