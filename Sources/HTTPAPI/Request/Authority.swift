internal import Bytes

/// `host [ ":" port ]`: the value of `Host`, and the authority in the absolute form of a target. RFC 3986, 3.2, without
/// user information, which RFC 9110, 4.2.4, has servers treat as an error.
enum Authority {
    /// Whether `bytes` are an authority. That of an `http` URI has a host (RFC 9110, 4.2.1), the value of `Host` may be
    /// empty (RFC 9112, 3.2).
    static func isValid(_ bytes: UnsafeRawBufferPointer, mayBeEmpty: Bool) -> Bool {
        guard let end = endOfHost(in: bytes), end > 0 || mayBeEmpty else { return false }
        if end == bytes.count { return true }
        guard bytes[end] == UInt8(ascii: ":") else { return false }
        // RFC 3986, 3.2.3: `port = *DIGIT`, of which TCP has those that fit in 16 bits.
        let port = UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...])
        return port.isEmpty || WholeNumber.parse(port).map { $0 <= 65_535 } ?? false
    }

    /// Nil if a host cannot begin like this.
    private static func endOfHost(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.first == UInt8(ascii: "[") else { return endOfName(in: bytes, from: 0, takesColons: false) }
        // An IPv6 address, or one of a later version.
        guard let end = endOfName(in: bytes, from: 1, takesColons: true), end > 1, end < bytes.count,
            bytes[end] == UInt8(ascii: "]")
        else { return nil }
        return end + 1
    }

    /// After the characters of a registered name, an IPv4 address, or an address in brackets; nil at a `%` without two
    /// hexadecimal digits.
    private static func endOfName(in bytes: UnsafeRawBufferPointer, from start: Int, takesColons: Bool) -> Int? {
        var offset = start
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "%") {
                guard offset + 2 < bytes.count, bytes[offset + 1].hexadecimalValue != nil,
                    bytes[offset + 2].hexadecimalValue != nil
                else { return nil }
                offset += 3
            } else if CharacterBits.isOfName(byte) || (takesColons && byte == UInt8(ascii: ":")) {
                offset += 1
            } else {
                break
            }
        }
        return offset
    }
}
