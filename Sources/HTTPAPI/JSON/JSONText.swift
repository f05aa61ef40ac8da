internal import Bytes
internal import NIOCore

/// Writes and reads the pieces of JSON that answers and requests are made of, as bytes.
enum JSONText {
    private static let hexadecimalDigits: StaticString = "0123456789abcdef"

    // MARK: Strings out

    /// Appends `bytes`, which are UTF-8, as a JSON string with its quotes. With `escapingHTML` also `<`, `>`, `&` and
    /// the two line separators are escaped, which is what Go's encoder does.
    static func writeString(_ bytes: UnsafeRawBufferPointer, to buffer: inout ByteBuffer, escapingHTML: Bool = false) {
        buffer.writeInteger(UInt8(ascii: "\""))
        var start = 0
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            let isPlain =
                byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                && !(escapingHTML && needsHTMLEscape(bytes, at: offset))
            if isPlain {
                offset += 1
                continue
            }
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<offset]))
            offset += writeEscape(of: bytes, at: offset, to: &buffer)
            start = offset
        }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    static func writeString(_ string: String, to buffer: inout ByteBuffer, escapingHTML: Bool = false) {
        var copy = string
        copy.withUTF8 { writeString(UnsafeRawBufferPointer($0), to: &buffer, escapingHTML: escapingHTML) }
    }

    private static func needsHTMLEscape(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        switch bytes[offset] {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): true
        case 0xE2: isLineSeparator(bytes, at: offset)
        default: false
        }
    }

    /// U+2028 or U+2029.
    private static func isLineSeparator(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        offset + 2 < bytes.count && bytes[offset + 1] == 0x80
            && (bytes[offset + 2] == 0xA8 || bytes[offset + 2] == 0xA9)
    }

    /// Writes the escape of the character at `offset`; returns how many bytes it stands for.
    private static func writeEscape(of bytes: UnsafeRawBufferPointer, at offset: Int, to buffer: inout ByteBuffer)
        -> Int
    {
        let byte = bytes[offset]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            buffer.writeInteger(UInt8(ascii: "\\"))
            buffer.writeInteger(byte)
        case 0x08: buffer.writeStaticString(#"\b"#)
        case 0x09: buffer.writeStaticString(#"\t"#)
        case 0x0A: buffer.writeStaticString(#"\n"#)
        case 0x0C: buffer.writeStaticString(#"\f"#)
        case 0x0D: buffer.writeStaticString(#"\r"#)
        case 0xE2:
            buffer.writeStaticString(bytes[offset + 2] == 0xA8 ? #"\u2028"# : #"\u2029"#)
            return 3
        default:
            buffer.writeStaticString(#"\u00"#)
            buffer.writeInteger(hexadecimalDigits.utf8Start[Int(byte >> 4)])
            buffer.writeInteger(hexadecimalDigits.utf8Start[Int(byte & 0xF)])
        }
        return 1
    }

    /// Appends bytes of unknown meaning as a value: UTF-8 as a string, anything else as `{"value_base64":".."}`.
    static func writeValue(_ bytes: UnsafeRawBufferPointer, to buffer: inout ByteBuffer, escapingHTML: Bool = false) {
        if bytes.isUTF8 {
            writeString(bytes, to: &buffer, escapingHTML: escapingHTML)
        } else {
            buffer.writeStaticString(#"{"value_base64":""#)
            writeBase64(bytes, to: &buffer)
            buffer.writeStaticString(#""}"#)
        }
    }

    /// Appends a key as a member: `"key":".."`, or `"key_base64":".."` if it is not UTF-8.
    static func writeKeyMember(_ key: UnsafeRawBufferPointer, to buffer: inout ByteBuffer, escapingHTML: Bool = false) {
        if key.isUTF8 {
            buffer.writeStaticString(#""key":"#)
            writeString(key, to: &buffer, escapingHTML: escapingHTML)
        } else {
            buffer.writeStaticString(#""key_base64":""#)
            writeBase64(key, to: &buffer)
            buffer.writeStaticString(#"""#)
        }
    }

    /// Base64, with padding.
    static func writeBase64(_ bytes: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Base64.encodedCount(bytes.count)) {
            Base64.encode(bytes, into: $0)
        }
    }

    // MARK: Strings in

    /// Appends the UTF-8 that the content of a valid JSON string stands for. False, with nothing appended, if it holds
    /// half of a surrogate pair: that is no character, so no bytes stand for it. Go puts U+FFFD in its place, and then
    /// another text is stored than was sent.
    static func appendDecoded(_ content: UnsafeRawBufferPointer, to target: inout [UInt8]) -> Bool {
        let start = target.count
        target.append(contentsOf: repeatElement(0, count: content.count))
        let size = target.withUnsafeMutableBytes {
            decode(content, into: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
        }
        target.removeSubrange((start + (size ?? 0))...)
        return size != nil
    }

    /// Whether the content of a valid JSON string is `text`, with or without escapes.
    static func isEqual(_ content: UnsafeRawBufferPointer, to text: StaticString) -> Bool {
        if content.equals(text) { return true }
        guard content.contains(UInt8(ascii: "\\")) else { return false }
        var plain: [UInt8] = []
        return appendDecoded(content, to: &plain) && plain.withUnsafeBytes { $0.equals(text) }
    }

    /// The same into memory. The text is never longer than `content`, so `target` needs no more room than that. Returns
    /// the size of the text; nil at half of a surrogate pair.
    static func decode(_ content: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
        precondition(target.count >= content.count, "there is no room to decode a JSON string")
        var size = 0
        var offset = 0
        while offset < content.count {
            guard content[offset] == UInt8(ascii: "\\") else {
                target[size] = content[offset]
                size += 1
                offset += 1
                continue
            }
            // The scanner found the string valid, so that an escape is complete.
            let escape = content[offset + 1]
            offset += 2
            if escape == UInt8(ascii: "u") {
                guard let encoded = scalar(content, &offset) else { return nil }
                for byte in encoded {
                    target[size] = byte
                    size += 1
                }
                continue
            }
            target[size] =
                switch escape {
                case UInt8(ascii: "b"): 0x08
                case UInt8(ascii: "f"): 0x0C
                case UInt8(ascii: "n"): 0x0A
                case UInt8(ascii: "r"): 0x0D
                case UInt8(ascii: "t"): 0x09
                default: escape
                }
            size += 1
        }
        return size
    }

    /// Reads four hexadecimal digits at `offset`, and the second half of a surrogate pair after them. Nil if they are
    /// half of a pair and the other half is not there.
    private static func scalar(
        _ content: UnsafeRawBufferPointer, _ offset: inout Int
    ) -> Unicode.UTF8.EncodedScalar? {
        var value = codeUnit(content, at: offset)
        offset += 4
        if (0xD800..<0xDC00).contains(value), offset + 6 <= content.count, content[offset] == UInt8(ascii: "\\"),
            content[offset + 1] == UInt8(ascii: "u")
        {
            let low = codeUnit(content, at: offset + 2)
            if (0xDC00..<0xE000).contains(low) {
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                offset += 6
            }
        }
        return Unicode.Scalar(value).flatMap { UTF8.encode($0) }
    }

    private static func codeUnit(_ content: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        var value: UInt32 = 0
        for position in offset..<(offset + 4) { value = value << 4 | UInt32(content[position].hexadecimalValue ?? 0) }
        return value
    }
}
