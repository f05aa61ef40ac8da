/// An address that others can connect to: a host name or IP address, and a port. Names stay unresolved, so that a node
/// whose address changes is found again.
package struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
    /// Without brackets, also for an IPv6 address.
    package let host: String
    /// 1 to 65535.
    package let port: Int

    /// Precondition: the port can be connected to.
    package init(host: String, port: Int) {
        precondition((1...65_535).contains(port), "nobody can connect to port \(port)")
        self.host = host
        self.port = port
    }

    /// Parses `host:port` and `[address]:port`.
    init(parsing text: String) throws(SettingRejection) {
        guard let colon = text.lastIndex(of: ":") else { throw SettingRejection("the port is missing") }
        let portText = text[text.index(after: colon)...]
        guard let port = Int(portText), (1...65_535).contains(port), portText.allSatisfy(\.isNumber) else {
            throw SettingRejection("the port is not a number from 1 to 65535")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw SettingRejection("an IPv6 address stands in brackets, as in [::1]:1111")
        }
        guard !host.isEmpty else { throw SettingRejection("the host is missing") }
        guard !host.contains(where: { $0.isWhitespace || "/[],@?#\"'".contains($0) }) else {
            throw SettingRejection("the host has a character that no host name has")
        }
        guard host != "*", host != "0.0.0.0", host != "::" else {
            throw SettingRejection("\(host) means all interfaces of the node that listens and nothing to another node")
        }
        self.host = String(host)
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
