internal import NIOCore
internal import RaftCore

/// Control requests that this node passes on to the leader. They leave in a turn, after the turn has taken in which
/// links opened and closed, so that none ends with a link that it was never sent on.
///
/// Expiry: a call ends with the link to the leader that it was sent to (`endLink`), because an answer arrives on it or
/// never, and at its deadline (`takeOverdue`).
struct ControlCalls {
    typealias Caller = (ControlReply) -> Void

    struct Unsent {
        let payload: ByteBuffer
        let deadline: Instant
        let caller: Caller
    }

    private var unsent: [Unsent] = []
    private var sent: [(id: UInt64, leader: NodeID, deadline: Instant, caller: Caller)] = []
    private var deadlines = NextDeadline()

    /// When `takeOverdue` may have something to do; nil if nobody waits.
    var nextDeadline: Instant? { deadlines.instant }

    mutating func append(_ payload: ByteBuffer, deadline: Instant, caller: @escaping Caller) {
        unsent.append(Unsent(payload: payload, deadline: deadline, caller: caller))
        deadlines.include(deadline)
    }

    /// Takes out what is to be sent now. Whoever takes a call notes it as sent, or tells its caller that it was not.
    mutating func takeUnsent() -> [Unsent] {
        guard !unsent.isEmpty else { return [] }
        var taken: [Unsent] = []
        swap(&taken, &unsent)
        return taken
    }

    mutating func noteSent(_ call: Unsent, id: UInt64, to leader: NodeID) {
        sent.append((id, leader, call.deadline, call.caller))
    }

    /// Whom to call with the answer; nil if nobody waits for it, or if another node than the one asked sent it.
    mutating func take(id: UInt64, from peer: NodeID) -> Caller? {
        guard let place = sent.firstIndex(where: { $0.id == id && $0.leader == peer }) else { return nil }
        return sent.remove(at: place).caller
    }

    /// The link to `peer` is gone. Returns those whose request is lost with it.
    mutating func endLink(to peer: NodeID) -> [Caller] {
        guard !sent.isEmpty else { return [] }
        let ended = sent.filter { $0.leader == peer }.map(\.caller)
        sent.removeAll { $0.leader == peer }
        return ended
    }

    /// Takes out those whose time is up, and what to tell each.
    mutating func takeOverdue(now: Instant) -> [(caller: Caller, reply: ControlReply)] {
        guard deadlines.isReached(at: now) else { return [] }
        var overdue: [(caller: Caller, reply: ControlReply)] = []
        for call in unsent where call.deadline <= now { overdue.append((call.caller, .notSent)) }
        for call in sent where call.deadline <= now { overdue.append((call.caller, .lost)) }
        unsent.removeAll { $0.deadline <= now }
        sent.removeAll { $0.deadline <= now }
        deadlines.reset()
        for call in unsent { deadlines.include(call.deadline) }
        for call in sent { deadlines.include(call.deadline) }
        return overdue
    }
}
