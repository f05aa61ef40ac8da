/// Why a connection ends. The raw values are on the wire.
enum CloseReason: UInt8, CaseIterable {
    case unspecified = 0
    case foreignCluster = 1
    /// Dialled as one node, it is another.
    case wrongNode = 2
    case sameNodeID = 3
    /// Two links between the same two processes; the one dialled by the lower id stays.
    case duplicateLink = 4
    case tooManyConnections = 5
    /// A frame that cannot be, or not at this point.
    case malformed = 6
    case shuttingDown = 7
    /// The cluster id of the sender has changed.
    case clusterChanged = 8
    /// The receiver is no longer a member.
    case notMember = 9
    /// The same node came back as another process.
    case superseded = 10
    case handshakeTimeout = 11
    /// Nothing was heard for too long.
    case silent = 12
    /// The other side does not read what it is sent.
    case outboundFull = 13
    /// Never on the wire: the peer's frames cannot be understood.
    case foreignVersion = 14
    /// The purpose of a control connection is fulfilled.
    case finished = 15
    /// Never on the wire: the other end speaks something else.
    case foreignProtocol = 16
    /// The receiver is another life of a directory than the member of its name.
    case otherInstance = 17
    /// The other side of a transfer of a snapshot is there, and nothing moves.
    case stalled = 18

    /// Part of normal life, of no interest at a usual log level.
    var isQuiet: Bool {
        switch self {
        case .duplicateLink, .shuttingDown, .clusterChanged, .notMember, .superseded, .finished: true
        case .unspecified, .foreignCluster, .wrongNode, .sameNodeID, .tooManyConnections, .malformed,
            .handshakeTimeout, .silent, .outboundFull, .foreignVersion, .foreignProtocol, .otherInstance,
            .stalled:
            false
        }
    }
}
