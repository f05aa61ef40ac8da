/// RFC 3986, section 2.1.
enum PercentEncoding {
    /// The bytes that are not visible ASCII, and `%`, in the form that `decode` takes.
    static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789ABCDEF")
        return bytes.reduce(into: "") { text, byte in
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text.append("%\(digits[Int(byte >> 4)])\(digits[Int(byte & 0xF)])")
            }
        }
    }

    /// Appends `bytes` to `target`, each `%XX` as the byte it stands for. Exactly once: the outcome is not looked at
    /// again. Returns false at a `%` without two hexadecimal digits.
    static func decode(_ bytes: UnsafeRawBufferPointer, into target: inout [UInt8]) -> Bool {
        guard let first = bytes.firstIndex(of: UInt8(ascii: "%")) else {
            target.append(contentsOf: bytes)
            return true
        }
        target.append(contentsOf: bytes[..<first])
        var offset = first
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == UInt8(ascii: "%") else {
                target.append(byte)
                offset += 1
                continue
            }
            guard offset + 2 < bytes.count, let high = bytes[offset + 1].hexadecimalValue,
                let low = bytes[offset + 2].hexadecimalValue
            else { return false }
            target.append(high << 4 | low)
            offset += 3
        }
        return true
    }
}
