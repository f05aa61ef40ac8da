internal import RaftCore

extension Replica {
    /// Takes in everything that arrived, steps the core, and carries out what follows from it. Never blocks.
    package func turn() {
        mailbox.drain(into: &inbox)
        let now = timekeeper.now
        takeInCompletedWork(now: now)
        if !isFrozen {
            takeInPeers(now: now)
            retryOverdueReads(now: now)
            submitBursts(now: now)
            if let deadline = raft.nextDeadline, deadline <= now { step(.timeElapsed, now: now) }
            step(.turnEnded, now: now)
            carryOutEffects(now: now)
        } else {
            inbound.removeAll(keepingCapacity: true)
            for burst in inbox.bursts { hold(burst, now: now) }
        }
        completeReadsThatAreApplied()
        failOverdueBursts(now: now)
        inbox.removeAll()
        trimRing()
        trimLinks(now: now)
        links.flush()
        closeDoorIfFull()
        publishStatus(now: now)
        completeConfigurationWaiters()
        notifyIfIdle()
        armTimer(now: now)
    }

    /// One event, and the log change it brings into the ring before the next one.
    func step(_ event: Event, now: Instant, entries: [Entry] = []) {
        raft.step(event, now: now, into: &effects)
        if effects.truncateFrom != nil || effects.appended != nil { takeOverLogChange(entries: entries) }
    }

    /// Durability and apply come first: they free what the rest of the turn may use.
    private func takeInCompletedWork(now: Instant) {
        if let flushed = inbox.flushed {
            precondition(
                flushed.sequence > flushedSequence,
                "log job \(flushed.sequence) is reported after \(flushedSequence)")
            flushedSequence = flushed.sequence
            step(.flushed(flushed.notice), now: now)
        }
        let applied = stateMachine.appliedIndex
        if applied > raft.appliedIndex {
            while let first = unappliedBatches.first, first.last <= applied {
                unappliedBytes -= first.bytes
                unappliedBatches.removeFirst()
            }
            step(.applied(applied), now: now)
        }
        while let first = heldMessages.first, first.sequence <= flushedSequence {
            heldMessages.removeFirst()
            send(first.message)
        }
        answerForwardedWrites(inbox.forwardCompletions)
        for read in inbox.logReads { sendCatchUp(read) }
    }

    /// What a peer said before its link closed counts, so messages come first.
    private func takeInPeers(now: Instant) {
        // A message may make more messages only through the network, so the array does not grow while it is walked.
        for (peer, message) in inbound { handle(message, from: peer, now: now) }
        inbound.removeAll(keepingCapacity: true)
        for peer in unreachable {
            step(.peerUnreachable(peer), now: now)
            forgetLink(to: peer)
        }
        unreachable.removeAll(keepingCapacity: true)
    }

    private func handle(_ message: PeerMessage, from peer: NodeID, now: Instant) {
        switch message {
        case .raft(let message, let entries):
            // A follower whose state machine is too far behind stops taking entries; the leader's window fills and it
            // waits.
            if !entries.isEmpty, unappliedBytes > ReplicaLimits.unappliedBytesMax { return }
            guard message.from == peer, message.to == raft.id, isPlausible(message) else { return }
            step(.receive(message), now: now, entries: entries)
        case .forwardedWrites(let id, let commandCount, let commands):
            proposeForwarded(commands, count: commandCount, id: id, from: peer, now: now)
        case .forwardedWritesAnswer(let id, let first, let outcomes):
            takeForwardedAnswer(id: id, first: first, outcomes: outcomes, from: peer, now: now)
        case .readIndexRequest(let id):
            guard readBatches.count(where: { $0.isAsked(by: peer) }) < ReplicaLimits.readBatchesPerPeerMax else {
                links.send(.readIndexAnswer(id: id, index: nil), to: peer)
                return
            }
            registerRead(ReadBatch(origin: .peer(peer, id: id)), now: now)
        case .readIndexAnswer(let id, let index):
            takeReadIndexAnswer(id: id, index: index, from: peer, now: now)
        case .controlRequest(let id, let payload):
            onControlRequest(payload) { [weak self] answer in
                self?.links.send(.controlAnswer(id: id, payload: answer), to: peer)
                self?.mailbox.requestTurn()
            }
        case .controlAnswer(let id, let payload):
            takeControlAnswer(id: id, payload: payload, from: peer)
        }
    }

    /// What no healthy peer of this release sends: snapshots, which nobody makes while nobody compacts its log, and a
    /// term so far ahead that taking it over would leave no room for elections.
    private func isPlausible(_ message: Message) -> Bool {
        switch message.body {
        case .installSnapshotRequest, .installSnapshotResponse: return false
        case .requestVoteRequest, .requestVoteResponse, .appendEntriesRequest, .appendEntriesResponse, .timeoutNow:
            break
        }
        let current = raft.currentTerm.rawValue
        return message.term.rawValue <= current || message.term.rawValue - current <= ReplicaLimits.termAheadMax
    }

    /// Everything that is timed beside the core looks at the clock once per turn; this makes sure that there is one.
    private func armTimer(now: Instant) {
        var deadline = isFrozen ? nil : raft.nextDeadline
        if !waiting.isEmpty || !readBatches.isEmpty || !readsAwaitingApply.isEmpty || isShuttingDown {
            let check = now.advanced(byNanoseconds: settings.retryNanoseconds)
            deadline = min(deadline ?? check, check)
        }
        if let due = linkTrimDue { deadline = min(deadline ?? due, due) }
        if let deadline { timekeeper.wake(at: deadline) }
    }

    /// Past the limits of uncommitted and unapplied entries the node takes no new writes (429), until they fall.
    private func closeDoorIfFull() {
        admission.setClosed(
            raft.uncommittedBytes > ReplicaLimits.uncommittedBytesMax
                || unappliedBytes > ReplicaLimits.unappliedBytesMax)
    }

    /// Applied entries leave the ring once every live follower has them, or once the ring is full: then the slowest
    /// followers are served from disk.
    private func trimRing() {
        guard ring.bytes > settings.entryRingBytesKept else { return }
        let applied = stateMachine.appliedIndex
        var slowest = applied
        for progress in raft.followerProgress where progress.isRecentlyActive {
            slowest = min(slowest, progress.matchIndex)
        }
        ring.evict(before: slowest.next, bytesKept: settings.entryRingBytesKept)
        ring.evict(before: applied.next, bytesKept: settings.entryRingBytesMax)
    }
}
