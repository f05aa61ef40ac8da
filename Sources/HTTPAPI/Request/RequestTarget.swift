/// The two parts of a request target, as raw bytes: nothing is decoded, and nothing normalised.
struct RequestTarget {
    let path: UnsafeRawBufferPointer
    /// After the question mark; empty if there is none.
    let query: UnsafeRawBufferPointer

    /// Splits the target of a request line.
    init(_ bytes: UnsafeRawBufferPointer) throws(APIError) {
        for byte in bytes {
            // NIO makes a String of the target and repairs malformed UTF-8, by which two targets could become one. Its
            // parser lets no such byte pass, and neither does this.
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
