internal import HotPath
internal import RaftCore

/// A leader that talks to a server proves that it is a member, and that it is one after all entries that this leader
/// had then: whoever reports an older removal lags, and is not believed (`Raft.removed`).
struct MembershipIsBelieved {
    /// What the leader of a term has shown by its requests: its log reached this entry.
    private var counted: (leader: NodeID?, term: Term, through: LogIndex) = (nil, .zero, .zero)
    /// Since the last turn the process heard of a removal, and of none that it could believe.
    private var heardOldRemoval = false
    private var heardNewRemoval = false
    // As of the last turn.
    private var wasRemoved = false
    private var followed: NodeID?

    /// A message is handed to the process.
    mutating func note(_ message: PeerMessage) {
        switch message {
        case .raft(let message, _):
            guard case .appendEntriesRequest(let request) = message.body, message.term >= counted.term else { return }
            if message.term > counted.term { counted = (message.from, message.term, .zero) }
            counted.through = max(counted.through, request.range.upper.previous)
        case .removed(let index):
            if index < counted.through { heardOldRemoval = true } else { heardNewRemoval = true }
        default: break
        }
    }

    /// After a turn of the process.
    mutating func breach(by process: SimulatedProcess) -> String? {
        let isRemoved = process.replica.isToldRemoved
        defer {
            (heardOldRemoval, heardNewRemoval) = (false, false)
            wasRemoved = isRemoved
            followed = process.role == .follower ? process.leaderID : nil
        }
        guard isRemoved, !wasRemoved, heardOldRemoval, !heardNewRemoval, followed != nil, followed == counted.leader,
            process.currentTerm == counted.term, process.termSeen == counted.term
        else { return nil }
        return "\(process.id) believes a removal before \(counted.through), through which its leader counted it"
    }
}
