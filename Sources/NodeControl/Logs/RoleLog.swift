internal import Logging
internal import RaftCore

/// Says in the log who leads: one line per change that an operator cares about. Confined to the replica's loop.
final class RoleLog {
    private let logger: Logger
    private var role = Raft.Role.follower
    private var leader: NodeID?

    init(logger: Logger) { self.logger = logger }

    func note(role: Raft.Role, term: Term, leader: NodeID?) {
        defer {
            self.role = role
            self.leader = leader
        }
        logger.debug(
            "role or leader has changed",
            metadata: ["role": "\(role)", "term": "\(term)", "leader": "\(leader?.name ?? "none")"])
        switch role {
        case .leader where self.role != .leader:
            logger.notice("leads the cluster in term \(term)")
        case .follower where leader != nil && leader != self.leader:
            logger.notice("follows \(leader?.name ?? "") in term \(term)")
        case .follower where leader == nil && self.leader != nil:
            logger.warning("has no leader in term \(term)")
        case .candidate where self.role != .candidate:
            logger.info("asks for votes in term \(term)")
        case .preCandidate where self.leader != nil && leader == nil:
            logger.warning("has lost its leader in term \(term) and asks whether it may campaign")
        case .leader, .follower, .candidate, .preCandidate:
            break
        }
    }
}
