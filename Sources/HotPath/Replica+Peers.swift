internal import RaftCore

/// Messages of the core on their way to peers, and the links that they take.
extension Replica {
    /// Sends a message of the core, with the entries that it names.
    func send(_ message: Message) {
        guard case .appendEntriesRequest(let request) = message.body else {
            ports.links.send(.raft(message, entries: []), to: message.to)
            return
        }
        let isCatchingUp = catchUps.isUnderWay(to: message.to)
        guard !request.range.isEmpty else {
            let message = isCatchingUp ? passingCatchUp(message, request) : message
            ports.links.send(.raft(message, entries: []), to: message.to)
            return
        }
        guard request.range.lower >= ring.firstIndex, !isCatchingUp else {
            sendThroughCatchUp(message, range: request.range)
            // The core sends nothing else to this follower in the turn, and the news cannot wait with the entries.
            if catchUps.takePass(to: message.to) {
                ports.links.send(.raft(withoutEntries(message, request), entries: []), to: message.to)
            }
            return
        }
        ports.links.send(.raft(message, entries: ring.slice(request.range)), to: message.to)
    }

    /// All that the request says but its entries: that the leader lives, its commit index, its ReadIndex round. It may
    /// bear the number of the request, because a follower that keeps what it has acknowledged rejects neither.
    private func withoutEntries(_ message: Message, _ request: AppendEntriesRequest) -> Message {
        var request = request
        request.range = LogRange(request.prevLogID.index.next, request.prevLogID.index.next)
        var message = message
        message.body = .appendEntriesRequest(request)
        return passingCatchUp(message, request)
    }

    /// A request without entries waits for no disk: a heartbeat that does costs the leader its followers, and the next
    /// leader waits for the same disk. It passes the entries on their way, so it must not name the last of them, as the
    /// core did for a follower that takes one request after another: what the follower is known to hold is right
    /// in any order.
    private func passingCatchUp(_ message: Message, _ request: AppendEntriesRequest) -> Message {
        guard let progress = raft.followerProgress.first(where: { $0.id == message.to }), progress.state == .replicate,
            progress.matchIndex < request.prevLogID.index
        else { return message }
        let matched = progress.matchIndex
        var request = request
        request.prevLogID = raft.term(at: matched).map { LogID(index: matched, term: $0) } ?? .zero
        request.range = LogRange(request.prevLogID.index.next, request.prevLogID.index.next)
        var message = message
        message.body = .appendEntriesRequest(request)
        return message
    }

    private func sendThroughCatchUp(_ message: Message, range: LogRange) {
        let boundary = max(range.lower, min(ring.firstIndex, range.upper))
        let onDisk = LogRange(range.lower, boundary)
        let inMemory = boundary < range.upper ? ring.slice(LogRange(boundary, range.upper)) : []
        let id = ids.makeID()
        catchUps.append(message, id: id, countOnDisk: onDisk.count, entriesInMemory: inMemory)
        // The core has cut the range to the size of one message, so the read brings all of it.
        if !onDisk.isEmpty { ports.logReader.read(onDisk, bytesMax: .max, id: id) }
    }

    /// A read is done: sends the requests that are complete, in order.
    func sendCatchUp(_ read: LogRead) {
        for (message, entries) in catchUps.complete(read) {
            ports.links.send(.raft(message, entries: entries), to: message.to)
        }
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
        catchUps.endLink(to: peer)
        peerInbox.deferred.endLink(to: peer)
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
