package import Bytes

/// Where a node listens, and where it says that others reach it.
package struct AnnouncedAddresses: Sendable {
    /// Nil: on all interfaces.
    package var raftHost: String?
    /// 0: any free port.
    package var raftPort: Int
    /// Set by the operator; nil: other nodes report to this node the address at which they see it.
    package var raftAdvertise: HostAndPort?
    package var httpHost: String?
    package var httpPort: Int
    package var httpAdvertise: HostAndPort?

    package init(
        raftHost: String?, raftPort: Int, raftAdvertise: HostAndPort?, httpHost: String?, httpPort: Int,
        httpAdvertise: HostAndPort?
    ) {
        self.raftHost = raftHost
        self.raftPort = raftPort
        self.raftAdvertise = raftAdvertise
        self.httpHost = httpHost
        self.httpPort = httpPort
        self.httpAdvertise = httpAdvertise
    }

    /// The address that is set, or else the one address on which the node listens. Nil if it listens on all interfaces:
    /// then the others say where they see it. `boundPort` is the port of the listener, nil before it is open.
    package func raft(boundPort: Int?) -> HostAndPort? {
        raftAdvertise ?? Self.listenAddress(raftHost, boundPort ?? raftPort)
    }

    /// The same for HTTP.
    package func http(boundPort: Int?) -> HostAndPort? {
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
