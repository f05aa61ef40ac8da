internal import Bytes
internal import ClusterControl

extension SettingKind where Value == String {
    static var nodeID: SettingKind {
        SettingKind(
            allowed: "1 to 255 printable ASCII characters without spaces, quotes and backslashes"
        ) { text throws(SettingRejection) in
            if let flaw = NodeIDFlaw(in: text) { throw SettingRejection(flaw.reason) }
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
            if let mistake = HostAndPort.mistake(inHost: host) { throw SettingRejection(mistake.reason) }
            guard IPAddress(parsing: host)?.isOfMany != true else {
                throw SettingRejection(HostAndPort.Mistake.ofMany.reason)
            }
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
            do throws(HostAndPort.Mistake) {
                return try HostAndPort(reachable: text)
            } catch {
                throw SettingRejection(error.reason)
            }
        } text: {
            $0?.description ?? learned
        }
    }

    /// The same as a URL or without its scheme.
    static var httpAddress: SettingKind {
        SettingKind(allowed: "host:port or http://host:port") { text throws(SettingRejection) in
            do throws(HostAndPort.Mistake) {
                return try HostAndPort(reachableHTTP: text)
            } catch {
                throw SettingRejection(error.reason)
            }
        } text: {
            $0?.description ?? learned
        }
    }

    private static var learned: String { "learned from other nodes" }
}
