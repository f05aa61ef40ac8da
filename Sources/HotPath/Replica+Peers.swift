internal import RaftCore

/// Messages of the core on their way to peers, and the links that they take.
extension Replica {
    /// Sends a message of the core, with the entries that it names: they are in the ring, or a read has brought them in
    /// this turn.
    func send(_ message: Message) {
        guard case .appendEntriesRequest(let request) = message.body, !request.range.isEmpty else {
            ports.links.send(.raft(message, entries: []), to: message.to)
            return
        }
        let entries =
            request.range.lower >= ring.firstIndex ? ring.slice(request.range) : entriesRead(for: message, request)
        ports.links.send(.raft(message, entries: entries), to: message.to)
    }

    private func entriesRead(for message: Message, _ request: AppendEntriesRequest) -> [Entry] {
        let entries = catchUp.reads.entries(of: request.range, for: message.to)
        for entry in [entries[0], entries[entries.count - 1]] {
            precondition(
                raft.term(at: entry.id.index) == entry.id.term, "the disk holds \(entry.id), which the log does not")
        }
        return entries
    }

    /// Has entries read that a follower lacks. Nothing waits for it, requests without entries least of all.
    func read(_ request: LogReadRequest) {
        let id = ids.makeID()
        catchUp.reads.begin(request, id: id)
        ports.logReader.read(request.range, bytesMax: request.bytesMax, id: id)
    }

    /// A read is done. What it brought leaves in this turn, if the core still wants it.
    func takeRead(_ read: LogRead, now: Instant) {
        guard let request = catchUp.reads.end(read, in: raft.currentTerm) else { return }
        let bytes = read.entries.reduce(0) { $0 + $1.encodedBytes }
        step(.entriesRead(request, count: read.entries.count, bytes: bytes), now: now)
    }

    // MARK: Flow control

    /// A follower whose state machine is too far behind takes entries later, in their order.
    func takeOrDefer(_ message: Message, entries: [Entry], now: Instant) {
        let message = pointingOutUnknown(message, entries)
        guard case .appendEntriesRequest = message.body, message.term >= raft.currentTerm,
            isApplyTooFarBehind || !peerInbox.deferred.isEmpty
        else { return step(.receive(message), now: now, entries: entries) }
        if !entries.isEmpty { peerInbox.deferred.append(message, entries: entries) }
        step(.receiveNews(message), now: now)
    }

    /// Says in a request which of its entries is the first that this node does not know. One comparison per entry.
    private func pointingOutUnknown(_ message: Message, _ entries: [Entry]) -> Message {
        let known = raft.featureLevel
        guard let unknown = entries.first(where: { $0.featureLevel > known }),
            case .appendEntriesRequest(var request) = message.body
        else { return message }
        request.unknown = UnknownEntry(index: unknown.id.index, featureLevel: unknown.featureLevel)
        var message = message
        message.body = .appendEntriesRequest(request)
        return message
    }

    func takeDeferredEntries(now: Instant) {
        while !isApplyTooFarBehind, let (message, entries) = peerInbox.deferred.popFirst() {
            step(.receiveEntries(message), now: now, entries: entries)
        }
    }

    /// More entries are handed to the apply thread and not applied than memory is meant for.
    var isApplyTooFarBehind: Bool { unapplied.bytes > settings.unappliedBytesMax }

    // MARK: Links

    /// Links follow the configuration as soon as it is appended.
    func linkMembers(now: Instant) {
        memberLinks.configurationChanged(to: raft.configuration.members, now: now)
        ports.links.membersChanged(memberLinks.members)
    }

    /// A node that is a member no more is sent no entries, so it would not learn why nobody talks to it.
    func tellRemovedMembers() {
        let untold = memberLinks.takeUntold(
            current: raft.configuration.members, isCommitted: raft.isConfigurationCommitted)
        for peer in untold { tellIfRemoved(peer) }
    }

    /// A node that is about to join, or was added a moment ago, knows better than to believe an older configuration.
    func tellIfRemoved(_ peer: NodeID) {
        let configuration = raft.configuration
        guard !configuration.members.isEmpty, configuration[peer] == nil, configuration[raft.id] != nil,
            raft.isConfigurationCommitted
        else { return }
        ports.links.send(.removed(index: raft.configurationIndex), to: peer)
    }

    func trimLinks(now: Instant) {
        guard memberLinks.isOverdue(now: now), !standstill.isFrozen else { return }
        let left = memberLinks.takeOverdue(
            now: now, current: raft.configuration.members, isCommitted: raft.isConfigurationCommitted)
        guard let left else { return }
        for peer in left { forgetLink(to: peer, now: now) }
        ports.links.membersChanged(memberLinks.members)
    }

    /// Whatever this node had under way with a peer is void once the link is gone.
    func forgetLink(to peer: NodeID, now: Instant) {
        peerInbox.deferred.endLink(to: peer)
        endSnapshotAnnouncement(to: peer, now: now)
        forwardOrigins.endLink(to: peer)
        #if MUTANTS
        if settings.has(.resendsForwarded) {
            for (burst, arrivedAt) in forwardedWrites.takeAll(sentTo: peer) {
                heldBursts.appendForRetry(burst, arrivedAt: arrivedAt, now: now)
            }
        }
        #endif
        ports.admission.release(forwardedWrites.endLink(to: peer, answers: &answers))
        for unanswered in reads.endLink(to: peer) { askAgain(unanswered, now: now) }
        for caller in controlWaits.calls.endLink(to: peer) { caller(.lost) }
        // How many voters can be reached is part of the status.
        standing.statusDetailsDue = now
    }
}
