internal import Bytes

/// `host:port`, with the host a name, an IPv4 address or an IPv6 address in brackets.
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without brackets.
    package let host: String
    package let port: Int

    /// Throws `invalidAddress` if `text` is anything else, or its port is not in 1...65535.
    package init(parsing text: String) throws(TransportError) {
        let address: HostAndPort
        do throws(HostAndPort.Mistake) {
            address = try HostAndPort(parsing: text)
        } catch {
            throw Self.invalid(text)
        }
        // A DNS name has at most 253 characters, an IPv6 address with a zone fewer.
        let isPlausible = address.host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        guard address.host.utf8.count <= 253, isPlausible else { throw Self.invalid(text) }
        host = address.host
        port = address.port
    }

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String { HostAndPort(host: host, port: port).description }

    /// Where others reach a node that announces `announced` and is seen at `host`: an announced host wins, a bare
    /// `:port` takes the host seen, nothing stays nothing.
    static func reachable(announced: String, seenAt host: String) -> String {
        announced.hasPrefix(":") ? HostAndPort.bracketed(host) + announced : announced
    }

    /// Whether `text` is `:port`.
    static func isBarePort(_ text: String) -> Bool { text.hasPrefix(":") && HostAndPort.port(text.dropFirst()) != nil }

    private static func invalid(_ text: String) -> TransportError {
        TransportError(
            .invalidAddress,
            "\"\(text.escapedForLog)\" is no address of a peer; write host:port, an IPv6 host in brackets",
            address: text)
    }
}
