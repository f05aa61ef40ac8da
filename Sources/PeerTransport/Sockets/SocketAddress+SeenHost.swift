internal import NIOCore

extension SocketAddress {
    /// The numeric host; an IPv4 address that arrived through an IPv6 listener is written as IPv4.
    var seenHost: String {
        guard let text = ipAddress else { return "" }
        let mapped = "::ffff:"
        return text.hasPrefix(mapped) && text.contains(".") ? String(text.dropFirst(mapped.count)) : text
    }
}
