internal import KeyValue
internal import NIOCore

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

    /// Part of normal life, of no interest at a usual log level.
    var isQuiet: Bool {
        switch self {
        case .duplicateLink, .shuttingDown, .clusterChanged, .notMember, .superseded, .finished: true
        case .unspecified, .foreignCluster, .wrongNode, .sameNodeID, .tooManyConnections, .malformed,
            .handshakeTimeout, .silent, .outboundFull, .foreignVersion:
            false
        }
    }
}

/// The last frame on a connection. Layout: 1 byte reason (CloseReason), then a sentence as a string.
struct Goodbye: Hashable {
    var reason: CloseReason
    var message: String

    func encode(into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(.goodbye, sequence: sequence, to: &buffer) { body in
            body.writeInteger(reason.rawValue)
            body.writeText(message.shortenedForPeer)
        }
    }

    init(_ reason: CloseReason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// A reason that this version does not know is `unspecified`: its sentence still says what happened.
    init(decoding frame: Frame) throws(CodecError) {
        var body = frame.body
        let rawReason: UInt8 = try body.readField("the reason of a goodbye")
        reason = CloseReason(rawValue: rawReason) ?? .unspecified
        message = try body.readText("the sentence of a goodbye")
        try body.requireEnd()
    }
}

extension String {
    /// The beginning that surely fits `TransportLimits.textBytesMax`: a scalar has at most 4 bytes.
    var shortenedForPeer: String {
        utf8.count <= TransportLimits.textBytesMax
            ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(TransportLimits.textBytesMax / 4)))
    }
}
