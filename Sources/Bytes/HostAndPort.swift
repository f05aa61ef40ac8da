/// The address of a listener as people write it: a host name or an IP address, and a port. Names stay unresolved, so
/// that a node whose address changes is found again.
package struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
    package enum Mistake: Error, Hashable, Sendable {
        case noPort
        /// The port is not a number from 1 to 65535.
        case invalidPort
        /// An IPv6 address that does not stand in brackets, or whose bracket is not closed.
        case noBrackets
        case noHost
    }

    /// Without brackets, also for an IPv6 address.
    package let host: String
    /// 0 where the system chooses the port of a listener; nobody can connect to it.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Parses `host:port` and `[address]:port`. Which characters and which hosts make sense is for the caller to say.
    package init(parsing text: some StringProtocol) throws(Mistake) {
        guard let colon = text.lastIndex(of: ":") else { throw .noPort }
        guard let port = Self.port(text[text.index(after: colon)...]) else { throw .invalidPort }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .noBrackets
        }
        guard !host.isEmpty else { throw .noHost }
        self.init(host: String(host), port: port)
    }

    /// The port that these digits are: 1 to 65535, or nil.
    package static func port(_ digits: some StringProtocol) -> Int? {
        guard let port = WholeNumber.parse(digits), (1...65_535).contains(port) else { return nil }
        return Int(port)
    }

    /// As it stands in a URL: an IPv6 address in brackets.
    package var description: String { Self.bracketed(host) + ":\(port)" }

    /// The host with brackets around it if it is an IPv6 address.
    package static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
