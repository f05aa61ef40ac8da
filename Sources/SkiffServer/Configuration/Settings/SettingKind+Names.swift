internal import Bytes

extension SettingKind where Value == String {
    static var nodeID: SettingKind {
        SettingKind(
            allowed: "1 to 255 printable ASCII characters without spaces"
        ) { text throws(SettingRejection) in
            guard !text.isEmpty else { throw SettingRejection("the node id is empty") }
            guard text.utf8.count <= 255 else {
                throw SettingRejection("the node id has \(text.utf8.count) bytes")
            }
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw SettingRejection("the node id has a space or a character that is not printable ASCII")
            }
            return text
        } text: {
            $0
        }
    }

    static var directory: SettingKind {
        SettingKind(
            allowed: "the path of a directory, which is created if absent"
        ) { text throws(SettingRejection) in
            guard !text.isEmpty else { throw SettingRejection("the path is empty") }
            guard !text.utf8.contains(0) else { throw SettingRejection("the path has a zero byte") }
            return text
        } text: {
            $0
        }
    }
}

extension SettingKind where Value == String? {
    /// Where to listen; nil means all interfaces.
    static var listenHost: SettingKind {
        SettingKind(
            allowed: "a host name or address, or * for all interfaces"
        ) { text throws(SettingRejection) in
            guard !text.isEmpty else { throw SettingRejection("the host is empty") }
            guard text != "*" else { return nil }
            var host = text[...]
            if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
            guard isPlainHost(host) else { throw SettingRejection("not a host name or address") }
            return String(host)
        } text: {
            $0 ?? "*"
        }
    }
}

extension SettingKind where Value == HostAndPort? {
    /// Where others reach this node; nil means that they say where they see it.
    static var address: SettingKind {
        SettingKind(allowed: "host:port") { text throws(SettingRejection) in
            try reachableAddress(text)
        } text: {
            $0?.description ?? learned
        }
    }

    /// The same as a URL or without its scheme.
    static var httpAddress: SettingKind {
        SettingKind(allowed: "host:port or http://host:port") { text throws(SettingRejection) in
            guard !text.hasPrefix("https://") else { throw SettingRejection("TLS is not supported yet") }
            var address = text[...]
            if address.hasPrefix("http://") { address = address.dropFirst("http://".count) }
            if address.hasSuffix("/") { address = address.dropLast() }
            return try reachableAddress(address)
        } text: {
            $0?.description ?? learned
        }
    }

    private static var learned: String { "learned from other nodes" }

    /// An address that others can connect to.
    private static func reachableAddress(_ text: some StringProtocol) throws(SettingRejection)
        -> HostAndPort
    {
        let address: HostAndPort
        do throws(HostAndPort.Mistake) {
            address = try HostAndPort(parsing: text)
        } catch {
            switch error {
            case .noPort: throw SettingRejection("the port is missing")
            case .invalidPort: throw SettingRejection("the port is not a number from 1 to 65535")
            case .noBrackets:
                throw SettingRejection("an IPv6 address stands in brackets, as in [::1]:1111")
            case .noHost: throw SettingRejection("the host is missing")
            }
        }
        let host = address.host
        guard isPlainHost(host) else {
            throw SettingRejection("the host has a character that no host name has")
        }
        guard host != "*", host != "0.0.0.0", host != "::" else {
            throw SettingRejection(
                "\(host) means all interfaces of the node that listens and nothing to another node")
        }
        return address
    }
}

/// Whether each character may occur in a host name or an address.
private func isPlainHost(_ host: some StringProtocol) -> Bool {
    !host.contains { $0.isWhitespace || "/[],@?#\"'".contains($0) }
}
