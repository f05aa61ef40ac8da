internal import RaftCore

/// The snapshots that this leader has for members whose entries have left its log: from the moment when the core asks
/// for one until the member has it, or does not get it.
///
/// An offer keeps the entries after its snapshot in the log. So that a member which cannot be helped does not keep them
/// forever, an offer has bounds (`takeOverdue`), and one that came to nothing is followed by a pause, twice as long
/// each time, in which the member gets no other one and keeps nothing.
///
/// Expiry: an offer ends when the core sends the member entries again (`takeSettled`), when the member could not take
/// it in (`end`), when the member takes nothing of it for too long, when it is too old, and when it keeps too much
/// of the log (`takeOverdue`). All end with leadership. One whose link breaks stays: the member may continue where it
/// was. As much of the log may be kept for a member as was sent to it: then one that is sent more in a second than the
/// log grows by arrives in the end, however well the data on disk are compressed. That holds until it is less far back
/// than others may be (`forgetTransfers`). A pause is forgotten when its member needs no snapshot any more.
struct SnapshotOffers {
    struct Offer {
        var id: UInt64
        var member: NodeID
        /// Nil as long as the snapshot is being made.
        var lastIncluded: LogID?
        var begunAt: Instant
        /// When anything of it was last heard.
        var heardAt: Instant
        /// Nothing more is heard of it before the member has installed it.
        var isSent = false
        /// How much of it was sent, also more than once.
        var bytesSent = 0
        /// When the member was last told of it; nil if it was not.
        var announcedAt: Instant?
    }

    private struct Pause {
        var member: NodeID
        var nanoseconds: UInt64
        var end: Instant
        /// The member may have an offer again; if that fails, the next pause is twice as long.
        var isOver = false
    }

    private var offers: [Offer] = []
    private var pauses: [Pause] = []
    /// The members that have their snapshots, and how much was sent to each. They are served from the log now.
    private(set) var transfers: [(member: NodeID, bytes: Int)] = []

    /// There is nothing to look after.
    var isEmpty: Bool { offers.isEmpty && pauses.isEmpty && transfers.isEmpty }

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
        offers.append(Offer(id: id, member: member, begunAt: now, heardAt: now))
    }

    /// The snapshot is made. Returns who is to have it; nil if the offer has ended.
    mutating func ready(_ id: UInt64, _ lastIncluded: LogID, now: Instant) -> NodeID? {
        guard let place = offers.firstIndex(where: { $0.id == id }) else { return nil }
        if offers[place].lastIncluded == nil { offers[place].heardAt = now }
        offers[place].lastIncluded = lastIncluded
        return offers[place].member
    }

    /// The member takes it, and was sent this much more.
    mutating func sending(_ id: UInt64, bytes: Int, now: Instant) {
        note(id, isSent: false, now: now)
        if let place = offers.firstIndex(where: { $0.id == id }) { offers[place].bytesSent += bytes }
    }

    /// The member has all of it, to check and to install.
    mutating func sent(_ id: UInt64, now: Instant) { note(id, isSent: true, now: now) }

    private mutating func note(_ id: UInt64, isSent: Bool, now: Instant) {
        guard let place = offers.firstIndex(where: { $0.id == id }) else { return }
        offers[place].heardAt = now
        offers[place].isSent = isSent
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

    /// Takes out those of which nothing was heard for too long, that have lasted too long, or for which too much
    /// of the log is kept: too much for those that were sent these bytes. Once all is sent, that does not count.
    mutating func takeOverdue(
        _ settings: ReplicaSettings, now: Instant, isTooFarBack: (LogIndex, _ bytesSent: Int) -> Bool
    ) -> [Offer] {
        take { offer in
            let silenceMax =
                offer.isSent ? settings.snapshotInstallationNanoseconds : settings.snapshotWaitNanoseconds
            return now.nanoseconds(since: offer.heardAt) >= silenceMax
                || now.nanoseconds(since: offer.begunAt) >= settings.snapshotAgeNanosecondsMax
                || !offer.isSent && offer.lastIncluded.map { isTooFarBack($0.index, offer.bytesSent) } == true
        }
    }

    /// Takes out those of members that need theirs no more: `progress` is the leader's view of all members, and the log
    /// has the entries after `compacted`. An answer to an earlier heartbeat makes a member count as replicated to,
    /// also if it lacks what has left the log: then the core asks for a snapshot again at the end of the turn.
    mutating func takeSettled(_ progress: [FollowerProgress], compacted: LogIndex) -> [Offer] {
        func isSentEntries(_ member: FollowerProgress) -> Bool {
            member.state == .replicate && member.nextIndex > compacted
        }
        pauses.removeAll { pause in
            progress.first { $0.id == pause.member }.map(isSentEntries) ?? true
        }
        let settled = take { offer in
            guard let member = progress.first(where: { $0.id == offer.member }) else { return true }
            if isSentEntries(member) { return true }
            guard let lastIncluded = offer.lastIncluded else { return false }
            return member.matchIndex >= lastIncluded.index
        }
        for offer in settled where offer.isSent {
            transfers.removeAll { $0.member == offer.member }
            transfers.append((offer.member, offer.bytesSent))
        }
        return settled
    }

    /// Members that are not far back any more, or no members, are like the others.
    mutating func forgetTransfers(_ progress: [FollowerProgress], isFarBack: (LogIndex) -> Bool) {
        transfers.removeAll { transfer in
            progress.first { $0.id == transfer.member }.map { !isFarBack($0.matchIndex) } ?? true
        }
    }

    /// Takes out all, and forgets pauses and transfers.
    mutating func takeAll() -> [Offer] {
        pauses.removeAll()
        transfers.removeAll()
        return take { _ in true }
    }

    private mutating func take(_ isTaken: (Offer) -> Bool) -> [Offer] {
        let taken = offers.filter(isTaken)
        if !taken.isEmpty { offers.removeAll(where: isTaken) }
        return taken
    }

    // MARK: Pauses

    /// Whether the member gets no offer for now.
    func isPaused(_ member: NodeID) -> Bool { pauses.contains { $0.member == member && !$0.isOver } }

    /// An offer to this member has come to nothing.
    mutating func pause(_ member: NodeID, _ settings: ReplicaSettings, now: Instant) {
        var pause = Pause(member: member, nanoseconds: settings.snapshotPauseNanosecondsMin, end: now)
        if let place = pauses.firstIndex(where: { $0.member == member }) {
            pause.nanoseconds = min(pauses.remove(at: place).nanoseconds * 2, settings.snapshotPauseNanosecondsMax)
        }
        pause.end = now.advanced(byNanoseconds: pause.nanoseconds)
        pauses.append(pause)
    }

    /// The members whose pauses have ended since the last time.
    mutating func endPauses(now: Instant) -> [NodeID] {
        var ended: [NodeID] = []
        for place in pauses.indices where !pauses[place].isOver && pauses[place].end <= now {
            pauses[place].isOver = true
            ended.append(pauses[place].member)
        }
        return ended
    }
}
