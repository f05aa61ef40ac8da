internal import Accepting
internal import ClusterControl
internal import Glibc
internal import HotPath
internal import Logging
internal import NIOCore
internal import RaftCore

// One line per connection that ends in another way than it should, with peer, address and reason; the same reason from
// the same peer once per interval. Strings of peers are escaped.
extension PeerTransport {
    func logOpened(_ connection: PeerConnection) {
        let side = connection.dial == nil ? "the peer" : "this node"
        logger.info("peer link is open", metadata: metadata(of: connection, ["dialled by": "\(side)"]))
    }

    func logDifferentSettings(_ connection: PeerConnection, _ differences: String) {
        logThrottled(
            .warning, "a peer has other election settings; all nodes of a cluster need the same", connection,
            key: "settings/\(peerName(connection))", differences)
    }

    func logEnd(of connection: PeerConnection, _ end: PeerConnection.End) {
        let name = peerName(connection)
        switch end {
        case .lost(let cause):
            if !connection.wasLinked {
                // Port scans, health checks, answered control calls, and peers that stopped while they came up.
                logThrottled(
                    .debug, "peer connection was lost before it was a link", connection, key: "lost/\(name)", cause)
            } else {
                logger.info("peer link was lost", metadata: metadata(of: connection, ["reason": "\(cause)"]))
            }
        case .byThisNode(let reason, let sentence):
            logThrottled(
                reason.isQuiet ? .debug : .warning, "closed a peer connection", connection, key: "\(reason)/\(name)",
                sentence)
        case .byPeer(let goodbye):
            logThrottled(
                goodbye.reason.isQuiet ? .debug : .warning, "the peer closed the connection", connection,
                key: "\(goodbye.reason) by peer/\(name)", goodbye.message.sentenceForLog)
        }
    }

    func logDropped(_ refusal: PeerRefusal, on connection: PeerConnection) {
        let key = "dropped/\(peerName(connection))"
        logThrottled(.debug, "dropped a message of a peer", connection, key: key, refusal.description.sentenceForLog)
    }

    func logDialFailure(_ peer: Peer, address: String, reason: String) {
        guard let suppressed = throttle.admit("dial/\(peer.id.name)", now: loop.now) else { return }
        var metadata: Logger.Metadata = [
            "peer": "\(peer.id.name.escapedForLog)", "address": "\(address.escapedForLog)", "reason": "\(reason)",
        ]
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.info("cannot reach a peer, will try again", metadata: metadata)
    }

    static func logAccepting(_ event: AcceptEvent, _ logger: Logger) {
        switch event {
        case .failed(let number):
            logger.error(
                "no connection of a peer is accepted until there is room again",
                metadata: ["reason": "\(String(cString: strerror(number)))"])
        case .full, .resumed:
            logger.notice("connections of peers are accepted again")
        }
    }

    private func metadata(of connection: PeerConnection, _ more: Logger.Metadata) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "peer": "\(peerName(connection))", "address": "\(connection.remoteDescription)",
        ]
        metadata.merge(more) { $1 }
        return metadata
    }

    private func logThrottled(
        _ level: Logger.Level, _ message: Logger.Message, _ connection: PeerConnection, key: String, _ reason: String
    ) {
        // Where nothing is written, nothing is throttled: a hidden line must not use up the interval of a visible one.
        guard logger.logLevel <= level, let suppressed = throttle.admit(key, now: loop.now) else { return }
        var more: Logger.Metadata = ["reason": "\(reason)"]
        if suppressed > 0 { more["suppressed"] = "\(suppressed)" }
        logger.log(level: level, message, metadata: metadata(of: connection, more))
    }

    /// The id that the peer gave or that was expected of it, else its host.
    private func peerName(_ connection: PeerConnection) -> String {
        (connection.nodeIDClaimed ?? connection.dial?.nodeID)?.name.escapedForLog
            ?? "unknown at \(connection.remoteHost)"
    }

    static func describe(_ clusterID: ClusterID?) -> String { clusterID?.description ?? "none" }
}
