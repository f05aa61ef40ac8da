internal import RaftCore

/// The kind of content that a frame carries. The raw values are on the wire.
enum FrameKind: UInt8, CaseIterable {
    // MARK: The connection itself
    case hello = 1
    case welcome = 2
    case goodbye = 3
    case ping = 4
    case adoptionRequest = 5
    case adoptionAnswer = 6

    // MARK: Messages of the consensus core
    case requestVoteRequest = 16
    case requestVoteResponse = 17
    case appendEntriesRequest = 18
    case appendEntriesResponse = 19
    case installSnapshotRequest = 20
    case installSnapshotResponse = 21
    case timeoutNow = 22

    // MARK: Messages of the hot path
    case forwardedWrites = 32
    case forwardedWritesAnswer = 33
    case readIndexRequest = 34
    case readIndexAnswer = 35
    case controlRequest = 36
    case controlAnswer = 37
    case removed = 38
    case comparisonAnswer = 39

    // MARK: Transfer of a snapshot
    case snapshotRequest = 48
    case snapshotOpened = 49
    case snapshotChunk = 50
    case snapshotCredit = 51
    case snapshotEnd = 52
    case snapshotRefused = 53

    /// How many bytes of the body the frame's checksum covers at most. The entries after the message part of an
    /// AppendEntriesRequest bring their own checksums, and the leader's payload is not hashed twice.
    var checksummedBodyBytesMax: Int {
        self == .appendEntriesRequest ? AppendEntriesRequest.messagePartBytes : .max
    }

    /// Kinds that a connection treats alike.
    enum Family: Hashable {
        case hello, welcome, goodbye, ping, adoptionRequest, adoptionAnswer
        /// Belongs on a link and is a `PeerMessage`.
        case peerMessage
        /// Belongs on a connection for a snapshot and is a `SnapshotFrame`.
        case snapshot
    }

    var family: Family {
        switch self {
        case .hello: .hello
        case .welcome: .welcome
        case .goodbye: .goodbye
        case .ping: .ping
        case .adoptionRequest: .adoptionRequest
        case .adoptionAnswer: .adoptionAnswer
        case .requestVoteRequest, .requestVoteResponse, .appendEntriesRequest, .appendEntriesResponse,
            .installSnapshotRequest, .installSnapshotResponse, .timeoutNow, .forwardedWrites, .forwardedWritesAnswer,
            .readIndexRequest, .readIndexAnswer, .controlRequest, .controlAnswer, .removed,
            .comparisonAnswer:
            .peerMessage
        case .snapshotRequest, .snapshotOpened, .snapshotChunk, .snapshotCredit, .snapshotEnd, .snapshotRefused:
            .snapshot
        }
    }
}
