/// The two parts of a request target, as raw bytes: nothing is decoded, and nothing normalised.
struct RequestTarget {
    let path: UnsafeRawBufferPointer
    /// Behind the question mark; empty if there is none.
    let query: UnsafeRawBufferPointer

    /// Splits the target of a request line.
    init(_ bytes: UnsafeRawBufferPointer) throws(APIError) {
        for byte in bytes {
            // NIO makes a String of the target and repairs what is not UTF-8, by which two targets could become one.
            // Its parser lets no such byte pass, and neither does this.
            guard byte < 0x80 else { throw .needsPercentEncoding() }
            guard byte != UInt8(ascii: "#") else { throw .invalidArgument("the path holds a '#'; write %23") }
        }
        let local = Self.withoutAuthority(bytes)
        let mark = local.firstIndex(of: UInt8(ascii: "?")) ?? local.count
        path = UnsafeRawBufferPointer(rebasing: local[..<mark])
        query = UnsafeRawBufferPointer(rebasing: local[min(mark + 1, local.count)...])
    }

    /// RFC 9112, 3.2.2: a server must accept the absolute form, `http://host/path`.
    private static func withoutAuthority(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        if bytes.count > 0, bytes[0] == UInt8(ascii: "/") { return bytes }
        let scheme = bytes.hasPrefix("http://") ? 7 : bytes.hasPrefix("https://") ? 8 : 0
        guard scheme > 0 else { return bytes }
        let path = bytes[scheme...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
        return UnsafeRawBufferPointer(rebasing: bytes[path...])
    }
}

extension APIError {
    static func needsPercentEncoding() -> APIError {
        .invalidArgument("the path holds bytes that are not allowed there; percent-encode them")
    }
}

/// RFC 3986, section 2.1.
enum PercentEncoding {
    /// Appends `bytes` to `target`, each `%XX` as the byte it stands for. Exactly once: what comes out is not looked at
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
