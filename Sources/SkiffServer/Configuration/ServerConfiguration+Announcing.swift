internal import Bytes

/// Where this node says that others reach it.
extension ServerConfiguration {
    /// The address that is set, or else the one address on which the node listens. Nil if it listens on all interfaces:
    /// then the others say where they see it. `boundPort` is the port of the listener, nil before it is open.
    func announcedRaftAddress(boundPort: Int?) -> HostAndPort? {
        raftAdvertise ?? Self.listenAddress(raftHost, boundPort ?? raftPort)
    }

    /// The same for HTTP.
    func announcedHTTPAddress(boundPort: Int?) -> HostAndPort? {
        httpAdvertise ?? Self.listenAddress(httpHost, boundPort ?? httpPort)
    }

    private static func listenAddress(_ host: String?, _ port: Int) -> HostAndPort? {
        guard let host else { return nil }
        do throws(HostAndPort.Mistake) {
            return try HostAndPort(reachable: HostAndPort(host: host, port: port).description)
        } catch {
            // All interfaces in other words, or a port that the system has not chosen yet.
            return nil
        }
    }
}
