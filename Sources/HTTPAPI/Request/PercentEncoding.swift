/// RFC 3986, section 2.1.
enum PercentEncoding {
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
