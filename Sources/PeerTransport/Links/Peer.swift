internal import NIOCore
internal import RaftCore

/// The transport's record of one other node: a member, or a stranger for as long as its link is open.
final class Peer {
    enum Dialling {
        case idle
        case waiting(Scheduled<Void>)
        /// The TCP connection is being opened.
        case connecting
        case inHandshake(PeerConnection)
    }

    let id: NodeID
    var isMember: Bool
    /// As the member list has it; may be empty.
    var address: String
    /// The life of its directory that is the member, and since which entry it is; nil for a stranger.
    var instance: InstanceID?
    var memberSince = LogIndex.zero
    /// As its last handshake gave it; used while the member list has none.
    var addressLearned = ""
    /// The one open link.
    var link: PeerConnection?
    var dialling = Dialling.idle
    var pause: DialPause
    var wasEverLinked = false
    /// A link was given up in favour of one that this node is opening: its loss is reported if that one fails.
    var owesLoss = false

    init(id: NodeID, isMember: Bool, address: String, pause: DialPause) {
        self.id = id
        self.isMember = isMember
        self.address = address
        self.pause = pause
    }

    /// What the configuration in force says of it.
    func note(_ member: Member) {
        isMember = true
        address = member.raftAddress
        instance = member.instance
        memberSince = member.since
    }

    /// Whether the node that calls itself so is another one than the member of its name.
    func isOther(_ claimed: InstanceID?) -> Bool { isMember && instance != nil && claimed != instance }

    var isIdle: Bool { if case .idle = dialling { true } else { false } }

    /// The connection that this node has opened to the peer and whose handshake is not done.
    var inHandshake: PeerConnection? { if case .inHandshake(let connection) = dialling { connection } else { nil } }

    /// Forgets a dial that has not begun.
    func cancelWaiting() {
        guard case .waiting(let timer) = dialling else { return }
        timer.cancel()
        dialling = .idle
    }
}
