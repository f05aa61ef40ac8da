internal import NIOCore

/// `host:port`, with the host a name, an IPv4 address or an IPv6 address in brackets.
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without brackets.
    package let host: String
    package let port: Int

    /// Throws `invalidAddress` if `text` is anything else, or its port is not in 1...65535.
    package init(parsing text: String) throws(TransportError) {
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
            throw Self.invalid(text)
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw Self.invalid(text)
        }
        // A DNS name has at most 253 characters, an IPv6 address with a zone fewer.
        let isPlausible = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        guard !host.isEmpty, host.utf8.count <= 253, isPlausible else { throw Self.invalid(text) }
        self.host = String(host)
        self.port = port
    }

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String { Self.join(host: host, suffix: ":\(port)") }

    /// Where others reach a node that announces `announced` and is seen at `host`: an announced host wins, a bare
    /// `:port` takes the host seen, nothing stays nothing.
    static func reachable(announced: String, seenAt host: String) -> String {
        announced.hasPrefix(":") ? join(host: host, suffix: announced) : announced
    }

    /// Whether `text` is `:port`.
    static func isBarePort(_ text: String) -> Bool { text.hasPrefix(":") && port(text.dropFirst()) != nil }

    /// Digits only: `UInt16` by itself would take a sign.
    private static func port(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let port = UInt16(text)
        else { return nil }
        return port > 0 ? Int(port) : nil
    }

    private static func join(host: String, suffix: String) -> String {
        (host.contains(":") ? "[\(host)]" : host) + suffix
    }

    private static func invalid(_ text: String) -> TransportError {
        TransportError(
            .invalidAddress,
            "\"\(text.escapedForLog)\" is no address of a peer; write host:port, an IPv6 host in brackets",
            address: text)
    }
}

extension SocketAddress {
    /// The numeric host; an IPv4 address that arrived through an IPv6 listener is written as IPv4.
    var seenHost: String {
        guard let text = ipAddress else { return "" }
        let mapped = "::ffff:"
        return text.hasPrefix(mapped) && text.contains(".") ? String(text.dropFirst(mapped.count)) : text
    }
}
