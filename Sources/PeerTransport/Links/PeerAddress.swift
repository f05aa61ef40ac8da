internal import Bytes
internal import NIOCore

/// `host:port`, with the host a name, an IPv4 address or an IPv6 address in brackets.
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without brackets.
    package let host: String
    package let port: Int

    /// Throws `invalidAddress` if nobody can connect to `text`.
    package init(parsing text: String) throws(TransportError) {
        do throws(HostAndPort.Mistake) {
            let address = try HostAndPort(reachable: text)
            self.init(host: address.host, port: address.port)
        } catch {
            throw TransportError(
                .invalidAddress,
                "\"\(text.escapedForLog)\" is no address of a peer: \(error.reason); write host:port",
                address: text)
        }
    }

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil if the host is a name.
    var numeric: SocketAddress? {
        do {
            return try SocketAddress(ipAddress: host, port: port)
        } catch {
            return nil
        }
    }

    package var description: String { HostAndPort(host: host, port: port).description }

    /// Where others reach a node that announces `announced` and is seen at `host`: an announced host wins, a bare
    /// `:port` takes the host seen, nothing stays nothing.
    static func reachable(announced: String, seenAt host: String) -> String {
        announced.hasPrefix(":") ? HostAndPort.bracketed(host) + announced : announced
    }

    /// Whether `text` is `:port`.
    private static func isBarePort(_ text: String) -> Bool {
        text.hasPrefix(":") && HostAndPort.port(text.dropFirst()) != nil
    }

    /// Whether `text` is the address of a listener, host and port.
    static func isComplete(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix(":") && mistake(inAnnounced: text) == nil
    }

    /// Why a node cannot announce `text`; nil for an address, for `:port`, and for the empty text of a node that has
    /// nothing to announce.
    static func mistake(inAnnounced text: String) -> HostAndPort.Mistake? {
        guard !text.isEmpty, !isBarePort(text) else { return nil }
        do throws(HostAndPort.Mistake) {
            _ = try HostAndPort(reachable: text)
            return nil
        } catch {
            return error
        }
    }
}
