internal import HTTPAPI

/// How the files and sockets that this process may have open are shared out between clients, peers and the store.
///
/// Clients come last: a node that turns a client away is one that the client can do without, but a store that cannot
/// open a file ends the process.
struct OpenFileBudget: Hashable {
    /// With a lower limit the parts of a node cannot even be made.
    static let limitMin = 128
    /// A node for which the limit leaves fewer connections than this does not start; one that runs keeps this many.
    static let connectionsMin = 8
    /// Lookups of names, the log of the store, a look at the limits.
    private static let otherReserve = 8

    /// What this process may have open.
    let limit: Int
    /// Connections of peers of all kinds.
    let peerConnectionsMax: Int

    /// Files that the store may open until the next look at what is open.
    var storeReserve: Int { min(max(limit / 8, 16), 4_096) }

    /// Connections of clients that the limit leaves room for while `othersOpen` other descriptors are open, and those
    /// are kept back with which the node is asked for its health; below 0 if not even the rest has room.
    func room(besides othersOpen: Int) -> Int {
        limit - othersOpen - storeReserve - peerConnectionsMax - HTTPLimits.reserveConnectionsMax - Self.otherReserve
    }

    /// Connections of clients that may be open, of the `configured` ones.
    func connectionsMax(besides othersOpen: Int, configured: Int) -> Int {
        min(configured, max(room(besides: othersOpen), Self.connectionsMin))
    }

    /// Connections of peers that nobody has proven to be one, with this limit.
    static func unauthenticatedConnectionsMax(limit: Int) -> Int { min(max(limit / 16, 8), 64) }

    /// The end of a sentence about a limit that is too low.
    static let advice = "raise it with ulimit -Hn, LimitNOFILE= of systemd, or ulimits: nofile of a container"
}
