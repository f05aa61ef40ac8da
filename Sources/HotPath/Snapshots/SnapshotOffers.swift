internal import RaftCore

/// The snapshots that this leader has for members whose entries have left its log: from the moment when the core asks
/// for one until the member has it, or does not get it.
///
/// Expiry: an offer ends when the core sends the member entries again (`takeSettled`), and when the member takes
/// nothing of it for too long (`takeOverdue`). All end with leadership. One whose link breaks stays: the member may go
/// on with it where it was.
struct SnapshotOffers {
    struct Offer {
        var id: UInt64
        var member: NodeID
        /// Nil as long as the snapshot is being made.
        var lastIncluded: LogID?
        /// When anything of it was last heard.
        var heardAt: Instant
        /// When the member was last told of it; nil if it was not.
        var announcedAt: Instant?
    }

    private var offers: [Offer] = []

    var isEmpty: Bool { offers.isEmpty }

    /// The log must keep the entries after this one, because a member that installs a snapshot needs them next; nil if
    /// there is no offer. Zero while a snapshot is being made, whose last entry nobody knows.
    var lowestNeeded: LogIndex? {
        var lowest: LogIndex?
        for offer in offers { lowest = min(lowest ?? .limit, offer.lastIncluded?.index ?? .zero) }
        return lowest
    }

    /// The offer to this member.
    func offer(to member: NodeID) -> Offer? { offers.first { $0.member == member } }

    mutating func begin(_ id: UInt64, for member: NodeID, now: Instant) {
        precondition(offer(to: member) == nil, "\(member) is offered a second snapshot")
        offers.append(Offer(id: id, member: member, heardAt: now))
    }

    /// The snapshot is made. Returns who is to have it; nil if the offer has ended.
    mutating func ready(_ id: UInt64, _ lastIncluded: LogID, now: Instant) -> NodeID? {
        guard let place = offers.firstIndex(where: { $0.id == id }) else { return nil }
        if offers[place].lastIncluded == nil { offers[place].heardAt = now }
        offers[place].lastIncluded = lastIncluded
        return offers[place].member
    }

    /// The member takes it.
    mutating func heard(_ id: UInt64, now: Instant) {
        if let place = offers.firstIndex(where: { $0.id == id }) { offers[place].heardAt = now }
    }

    mutating func didAnnounce(_ id: UInt64, now: Instant) {
        if let place = offers.firstIndex(where: { $0.id == id }) { offers[place].announcedAt = now }
    }

    /// Those that were announced this long ago or longer, and of which nothing was heard since.
    func unanswered(_ nanoseconds: UInt64, now: Instant) -> [Offer] {
        offers.filter { offer in
            guard let announcedAt = offer.announcedAt else { return false }
            return now.nanoseconds(since: max(announcedAt, offer.heardAt)) >= nanoseconds
        }
    }

    /// Takes out the offer of this number.
    mutating func end(_ id: UInt64) -> Offer? { take { $0.id == id }.first }

    /// Takes out those of which nothing was heard for `nanoseconds`.
    mutating func takeOverdue(_ nanoseconds: UInt64, now: Instant) -> [Offer] {
        take { now.nanoseconds(since: $0.heardAt) >= nanoseconds }
    }

    /// Takes out those of members that need theirs no more: `progress` is the leader's view of all members.
    mutating func takeSettled(_ progress: [FollowerProgress]) -> [Offer] {
        take { offer in
            guard let member = progress.first(where: { $0.id == offer.member }) else { return true }
            if member.state == .replicate { return true }
            guard let lastIncluded = offer.lastIncluded else { return false }
            return member.matchIndex >= lastIncluded.index
        }
    }

    mutating func takeAll() -> [Offer] { take { _ in true } }

    private mutating func take(_ isTaken: (Offer) -> Bool) -> [Offer] {
        let taken = offers.filter(isTaken)
        if !taken.isEmpty { offers.removeAll(where: isTaken) }
        return taken
    }
}
