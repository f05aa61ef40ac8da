/// The two parts of a request target, as raw bytes: nothing is decoded, and nothing normalised. RFC 9112, 3.2.
struct RequestTarget {
    let path: UnsafeRawBufferPointer
    /// After the question mark; empty if there is none.
    let query: UnsafeRawBufferPointer

    /// Splits the target of a request line. The host in an absolute form is checked and dropped: this server is the
    /// only one on its port, whatever name it is called by.
    init(_ bytes: UnsafeRawBufferPointer, _ method: RequestMethod) throws(APIError) {
        for byte in bytes {
            // NIO makes a String of the target and repairs malformed UTF-8, by which two targets could become one. Its
            // parser lets no such byte pass, and neither does this.
            guard byte > 0x20, byte < 0x7F else { throw .needsPercentEncoding() }
            guard byte != UInt8(ascii: "#") else {
                throw .badRequest("the target of the request holds a '#', which no server gets; write %23 in a key")
            }
        }
        let local = bytes.first == UInt8(ascii: "/") ? bytes : try Self.afterAuthority(bytes, method)
        let mark = local.firstIndex(of: UInt8(ascii: "?")) ?? local.count
        // RFC 9110, 4.2.3: an empty path in an http URI is the same as "/".
        path =
            mark > 0 ? UnsafeRawBufferPointer(rebasing: local[..<mark]) : UnsafeRawBufferPointer("/")
        query = UnsafeRawBufferPointer(rebasing: local[min(mark + 1, local.count)...])
    }

    /// RFC 9112, 3.2.2: a server must accept the absolute form, `http://host/path?query`. The authority ends before the
    /// first slash or question mark.
    private static func afterAuthority(
        _ bytes: UnsafeRawBufferPointer, _ method: RequestMethod
    ) throws(APIError) -> UnsafeRawBufferPointer {
        if method == .other, !isAbsolute(bytes) {
            // `OPTIONS *` is about the whole server, `CONNECT host:port` about a tunnel.
            throw .methodNotAllowed(RequestMethod.allNames)
        }
        let start =
            if bytes.hasPrefixIgnoringCase("http://") {
                7
            } else if bytes.hasPrefixIgnoringCase("https://") {
                8
            } else {
                throw .badRequest(
                    isAbsolute(bytes)
                        ? "the scheme of a target is http or https" : "the target of a request begins with a slash")
            }
        let end =
            bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.count
        guard Authority.isValid(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), mayBeEmpty: false) else {
            throw .badRequest(
                "the target of the request has no valid host after its scheme, with a port up to 65535 if any, such as "
                    + "localhost:2221")
        }
        return UnsafeRawBufferPointer(rebasing: bytes[end...])
    }

    private static func isAbsolute(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return false }
        return UnsafeRawBufferPointer(rebasing: bytes[colon...]).hasPrefix("://")
    }
}

extension APIError {
    static func needsPercentEncoding() -> APIError {
        .badRequest("the target of the request holds bytes that are not allowed there; percent-encode them")
    }
}
