internal import RaftCore

/// The nodes that links are kept to: the members of the configuration in force, and for a while those that have left
/// it, because the answer to whoever asked for a removal may travel on the link of the removed node.
///
/// Expiry: a link to a node that has left is given up `trimNanoseconds` after the last change (`takeOverdue`), and not
/// before the configuration without it is committed.
struct MemberLinks {
    private(set) var members: [Member] = []
    private var trimDue: Instant?
    /// Those that have left are told so, once it is certain.
    private var mustTell = false
    private let trimNanoseconds: UInt64

    init(trimNanoseconds: UInt64) { self.trimNanoseconds = trimNanoseconds }

    /// When `takeOverdue` has something to do; nil if all links are to members.
    var nextDeadline: Instant? { trimDue }

    func isOverdue(now: Instant) -> Bool {
        guard let trimDue else { return false }
        return trimDue <= now
    }

    /// Links to exactly these from now on.
    mutating func restart(with members: [Member]) {
        self.members = members
        trimDue = nil
        mustTell = false
    }

    /// The configuration in force is another one: links to new members are kept at once.
    mutating func configurationChanged(to current: [Member], now: Instant) {
        var leaving = members.filter { linked in !current.contains { $0.id == linked.id } }
        // No instance is the member of that name any more, and whoever has it is to hear that.
        for place in leaving.indices { leaving[place].instance = nil }
        members = current + leaving
        trimDue = leaving.isEmpty ? nil : now.advanced(byNanoseconds: trimNanoseconds)
        mustTell = !leaving.isEmpty
    }

    /// Takes out, once after each change that is committed, those that have left and still have a link.
    mutating func takeUntold(current: [Member], isCommitted: Bool) -> [NodeID] {
        guard mustTell, isCommitted else { return [] }
        mustTell = false
        return members.filter { linked in !current.contains { $0.id == linked.id } }.map(\.id)
    }

    /// Gives up the links to nodes that are not among `current` and returns those nodes; nil if it is not time yet. A
    /// configuration that is not committed may be rolled back, so it puts the deadline off.
    mutating func takeOverdue(now: Instant, current: [Member], isCommitted: Bool) -> [NodeID]? {
        guard isOverdue(now: now) else { return nil }
        guard isCommitted else {
            trimDue = now.advanced(byNanoseconds: trimNanoseconds)
            return nil
        }
        var left: [NodeID] = []
        for linked in members where !current.contains(where: { $0.id == linked.id }) { left.append(linked.id) }
        restart(with: current)
        return left
    }
}
