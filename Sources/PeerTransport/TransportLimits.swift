internal import HotPath

/// Every bound of the peer transport that is not a setting; `TransportLimitsTests` asserts how they relate. The size of
/// a frame is `HotPath.ReplicaLimits.peerFrameBytesMax`.
enum TransportLimits {
    /// The most that `PeerTransportSettings.unauthenticatedConnectionsMax` should be.
    static let unauthenticatedConnectionsMax = 64
    /// Introductions and adoptions that this node has asked others for and that are not answered. One more fails.
    static let controlCallsMax = 16
    /// Names that are being looked up. A dial that needs another one fails, and is tried again.
    static let lookupsMax = 16
    /// The same for introductions and adoptions, which leave room for the members.
    static let controlLookupsMax = 7
    /// Links to nodes outside the member list: joining, or removed without knowing it. One more is refused.
    static let strangerLinksMax = 16
    /// A frame on a connection that is no link, header included.
    static let handshakeFrameBytesMax = 16 << 10
    /// A string of a handshake or control frame, in UTF-8. Longer ones are not sent and not accepted.
    static let textBytesMax = ConfigurationCodec.stringBytesMax
    /// Chunks of a snapshot that are on their way to a receiver and not on its disk.
    static let snapshotCreditsMax = 4
    /// Snapshots that this node sends at the same time. Another node is asked to come back.
    static let snapshotUploadsMax = 2
    /// An outbound buffer that grew beyond this is given back after it was written.
    static let keptOutboundBytesMax = 1 << 20
    /// Reasons whose log lines are throttled one by one; beyond that the oldest is forgotten.
    static let throttledReasonsMax = 256
    /// Characters of a peer's string that reach the log, before escaping.
    static let loggedCharactersMax = 256
}
