/// How the HTTP side of one node behaves. Times are in milliseconds.
package struct HTTPServerSettings: Hashable, Sendable {
    /// An address or name of this machine; empty for all addresses.
    package var host = ""
    /// 0 lets the system choose.
    package var port = 2221
    /// Further connections are refused, but for questions about the node.
    package var connectionsMax = 20_000
    /// A request that is not answered after this is answered with an error.
    package var requestTimeoutMilliseconds: UInt64 = 5_000
    /// The largest `timeout=` of a request; a larger one is cut to it.
    package var requestTimeoutMillisecondsMax: UInt64 = 60_000
    /// From the first byte of a request to the end of its header.
    package var headerTimeoutMilliseconds: Int64 = 5_000
    /// Between the end of an answer, or the opening of a connection, and the next request.
    package var idleTimeoutMilliseconds: Int64 = 75_000
    package var legacyStatus = LegacyStatus.compat
    /// The consistency of `GET /store/{key}` unless the request says.
    package var legacyRead = ReadConsistency.stale
    /// Shown by `GET /version`.
    package var version = "0.0.0"

    package init() {}
}
