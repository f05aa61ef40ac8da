/// The address of a listener as people write it: a host name or an IP address, and a port. Names stay unresolved, so
/// that a node whose address changes is found again.
///
/// The one judge of what an address is: settings, joins, handshakes and the load generator all ask it, so that no part
/// refuses later what another has let in.
package struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
    /// Without brackets, also for an IPv6 address.
    package let host: String
    /// 0 where the system chooses the port of a listener; nobody can connect to it.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Parses `host:port` and `[address]:port`. The host may be one on which only a listener makes sense; to connect,
    /// use `init(reachable:)`.
    package init(parsing text: some StringProtocol) throws(Mistake) {
        if let mistake = Self.wrapping(of: text) { throw mistake }
        guard let colon = text.lastIndex(of: ":"), !(text.hasPrefix("[") && text.hasSuffix("]")) else { throw .noPort }
        var host = text[..<colon]
        let hasBrackets = host.hasPrefix("[") && host.hasSuffix("]")
        if hasBrackets {
            host = host.dropFirst().dropLast()
        } else if text.hasPrefix("[") || IPAddress(parsing: text) != nil || host.contains(":") && Self.isAddress(host) {
            throw .noBrackets
        }
        guard let port = Self.port(text[text.index(after: colon)...]) else { throw .invalidPort }
        if let mistake = Self.mistake(inHost: host) { throw mistake }
        guard !hasBrackets || host.contains(":") else { throw .needlessBrackets }
        self.init(host: String(host), port: port)
    }

    /// An address that other machines may connect to.
    package init(reachable text: some StringProtocol) throws(Mistake) {
        try self.init(parsing: text)
        guard let address = IPAddress(parsing: host) else { return }
        if address.isUnspecified { throw .allInterfaces }
        if address.isOfMany { throw .ofMany }
        if address.lacksZone { throw .noZone }
    }

    /// The same of an HTTP listener, which may also be written as a URL: `http://host:port/`.
    package init(reachableHTTP text: some StringProtocol) throws(Mistake) {
        let lowercased = text.lowercased()
        guard !lowercased.hasPrefix("https://") else { throw .https }
        guard lowercased.hasPrefix("http://") else {
            try self.init(reachable: text)
            return
        }
        let rest = text.dropFirst("http://".count)
        try self.init(reachable: rest.hasSuffix("/") ? rest.dropLast() : rest)
    }

    // MARK: Parts

    /// The port that these digits are: 1 to 65535, or nil.
    package static func port(_ digits: some StringProtocol) -> Int? {
        guard let port = WholeNumber.parse(digits), (1...65_535).contains(port) else { return nil }
        return Int(port)
    }

    /// Why the text is neither a host name nor an IP address without brackets; nil if it is one.
    package static func mistake(inHost host: some StringProtocol) -> Mistake? {
        guard !host.isEmpty else { return .noHost }
        if let mistake = wrapping(of: host) { return mistake }
        if host.contains(":") { return isAddress(host) ? nil : .invalidIPv6 }
        guard host != "*" else { return .allInterfaces }
        // RFC 1123, 2.1: letters, digits and hyphens between dots. The underscore is in the names of many services.
        guard host.utf8.allSatisfy(isOfName) else { return .invalidHost }
        let name = host.hasSuffix(".") ? host.dropLast() : host[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253 else { return .invalidHost }
        for label in labels where !isLabel(label) { return .invalidHost }
        // Names end in a label that is no number, so what does is an address, and resolvers take it for one: `0`, `0.0`
        // and `0x0` are 0.0.0.0 to them.
        guard let last = labels.last, isNumber(last) else { return nil }
        return isAddress(host) ? nil : .invalidIPv4
    }

    private static func isAddress(_ host: some StringProtocol) -> Bool { IPAddress(parsing: host) != nil }

    /// RFC 1123, 2.1: a label neither begins nor ends with a hyphen.
    private static func isLabel(_ label: some StringProtocol) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        WholeNumber.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }

    private static func isNumber(_ label: some StringProtocol) -> Bool {
        label.utf8.allSatisfy(WholeNumber.isDigit)
            || label.lowercased().hasPrefix("0x") && label.utf8.dropFirst(2).allSatisfy(IPAddress.isHexDigit)
    }

    /// What surrounds an address in other notations, and is no part of one.
    private static func wrapping(of text: some StringProtocol) -> Mistake? {
        if text.contains("://") { return .scheme }
        if text.contains("/") { return .path }
        if text.contains(where: \.isWhitespace) { return .whitespace }
        if text.contains(",") { return .several }
        if text.contains("@") { return .userInformation }
        if text.contains(where: { $0 == "?" || $0 == "#" }) { return .query }
        return nil
    }

    // MARK: Text

    /// As it stands in a URL: an IPv6 address in brackets.
    package var description: String { Self.bracketed(host) + ":\(port)" }

    /// The host with brackets around it if it is an IPv6 address.
    package static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    // MARK: Comparison

    /// Whether both lead to the same listener as far as their texts say: letters of names in any case, one address in
    /// several spellings, `localhost` for its addresses. Two names of one machine are not recognised.
    package func leadsToSameListener(as other: HostAndPort) -> Bool { port == other.port && place == other.place }

    /// The same of two texts; false if one of them is no address.
    package static func leadToSameListener(_ one: String, _ other: String) -> Bool {
        do throws(Mistake) {
            return try HostAndPort(parsing: one).leadsToSameListener(as: HostAndPort(parsing: other))
        } catch {
            return false
        }
    }

    private enum Place: Hashable {
        case localhost
        case address(IPAddress)
        case name(String)
    }

    private var place: Place {
        if let address = IPAddress(parsing: host) { return address.isLocalhost ? .localhost : .address(address) }
        let name = host.lowercased()
        let plain = name.hasSuffix(".") ? String(name.dropLast()) : name
        return plain == "localhost" ? .localhost : .name(plain)
    }
}
