internal import RaftCore

extension Replica {
    /// Takes in everything that arrived, steps the core, and carries out what follows from it. Never blocks. What the
    /// disk and other nodes wait for leaves first, answers leave last.
    package func turn() {
        ports.mailbox.drain(into: &inbox)
        let now = ports.timekeeper.now
        takeInCompletedWork(now: now)
        if !standstill.isFrozen {
            noteStalledLog(now: now)
            takeInPeers(now: now)
            noteRemoval(now: now)
            noteUnknownEntry(now: now)
            noteVerdicts(now: now)
            handOverIfUnreadable(now: now)
            askAgainForUnansweredReads(now: now)
            submitBursts(now: now)
            compareStates(now: now)
            sendControlCalls()
            if let deadline = raft.nextDeadline, deadline <= now { step(.timeElapsed, now: now) }
            giveUpFetchedSnapshot(now: now)
            trimSnapshotOffers(now: now)
            step(.turnEnded, now: now)
            carryOutEffects(now: now)
            installFetchedSnapshot(now: now)
            tellRemovedMembers()
        } else {
            peerInbox.removeMessages()
            for burst in inbox.bursts { heldBursts.appendForRetry(burst, arrivedAt: now, now: now) }
        }
        completeReadsThatAreApplied()
        endOverdueWaits(now: now)
        ports.links.flush()
        inbox.removeAll()
        trimRing(now: now)
        compactCore(now: now)
        beginCompaction(now: now)
        trimLinks(now: now)
        closeDoorIfFull()
        publishStatus(now: now)
        postAnswers()
        completeConfigurationWaiters(now: now)
        notifyIfIdle(now: now)
        armTimer(now: now)
    }

    /// One event, and the log change it brings into the ring before the next one.
    func step(_ event: Event, now: Instant, entries: [Entry] = []) {
        raft.step(event, now: now, into: &effects)
        if effects.truncateFrom != nil || effects.appended != nil { takeOverLogChange(entries: entries) }
    }

    /// Durability and apply come first: they free what the rest of the turn may use.
    private func takeInCompletedWork(now: Instant) {
        takeInSnapshotNews(now: now)
        if let flushed = inbox.flushed {
            logJobs.markFlushed(through: flushed.sequence, now: now)
            step(.flushed(flushed.notice), now: now)
            if let end = compaction?.takeDurable(through: flushed.sequence) { end() }
        }
        if let finished = inbox.applied { unapplied.noteFinished(through: finished) }
        let applied = ports.stateMachine.appliedIndex
        if applied > raft.appliedIndex {
            unapplied.removeApplied(through: applied)
            step(.applied(applied), now: now)
        }
        while let message = heldMessages.popDurable(through: logJobs.flushed) { send(message) }
        answerForwardedWrites(inbox.forwardCompletions)
        for read in inbox.logReads { takeRead(read, now: now) }
        takeComparisonReports(now: now)
    }

    /// Tells the core in each turn that the disk hangs, and the operator once.
    private func noteStalledLog(now: Instant) {
        let stall = logJobs.takeStall(afterNanoseconds: settings.logStallNanoseconds, now: now)
        guard logJobs.isStallReported else { return }
        step(.logStalled, now: now)
        if let stall { onTrouble(.stalledLog(nanoseconds: stall)) }
    }

    /// In the order of arrival: whatever a peer said before its link closed counts, and what it said on the next link
    /// has nothing to do with that.
    private func takeInPeers(now: Instant) {
        takeDeferredEntries(now: now)
        // A report may make more of them only through the network, so the array does not grow while it is walked.
        for (peer, report) in peerInbox.reports {
            switch report {
            case .message(let message): handle(message, from: peer, now: now)
            case .linkOpened:
                forgetLink(to: peer, now: now)
                tellIfRemoved(peer)
            case .linkClosed:
                step(.peerUnreachable(peer), now: now)
                forgetLink(to: peer, now: now)
            }
        }
        peerInbox.removeReports()
    }

    private func handle(_ message: PeerMessage, from peer: NodeID, now: Instant) {
        switch message {
        case .raft(let message, let entries):
            takeOrDefer(message, entries: entries, now: now)
            // It campaigns because no leader talks to it; that it is no member it may have disregarded or missed.
            if case .requestVoteRequest = message.body { tellIfRemoved(peer) }
            if case .installSnapshotResponse(let response) = message.body {
                takeSnapshotAnswer(response, message, now: now)
            }
        case .forwardedWrites(let id, let commandCount, let commands):
            proposeForwarded(commands, count: commandCount, id: id, from: peer, now: now)
        case .forwardedWritesAnswer(let id, let first, let outcomes):
            takeForwardedAnswer(id: id, first: first, outcomes: outcomes, from: peer, now: now)
        case .readIndexRequest(let id):
            confirmRead(id: id, askedBy: peer, now: now)
        case .readIndexAnswer(let id, let index):
            takeReadIndexAnswer(id: id, index: index, from: peer, now: now)
        case .removed(let index):
            step(.removed(at: index, by: peer), now: now)
        case .comparisonAnswer(let id, let digest):
            takeComparisonAnswer(id, digest, from: peer)
        case .controlRequest(let id, let payload):
            answerControlRequest(id: id, payload: payload, from: peer)
        case .controlAnswer(let id, let payload):
            takeControlAnswer(id: id, payload: payload, from: peer)
        }
    }

    /// Everything that is timed outside the core looks at the clock once per turn; this makes sure that there is one.
    private func armTimer(now: Instant) {
        var deadline = standstill.isFrozen ? nil : raft.nextDeadline
        if heldBursts.needsClock || reads.needsClock || standstill.needsClock || !peerInbox.deferred.isEmpty {
            let check = now.advanced(byNanoseconds: settings.retryNanoseconds)
            deadline = min(deadline ?? check, check)
        }
        if !standstill.isFrozen {
            deadline = Self.earlier(deadline, memberLinks.nextDeadline)
            if !standstill.isShuttingDown { deadline = Self.earlier(deadline, compaction?.nextDeadline) }
        }
        deadline = Self.earlier(deadline, logJobs.stallDue(afterNanoseconds: settings.logStallNanoseconds))
        deadline = Self.earlier(deadline, forwardedWrites.nextDeadline)
        deadline = Self.earlier(deadline, reads.nextDeadline)
        deadline = Self.earlier(deadline, controlWaits.nextDeadline)
        deadline = Self.earlier(deadline, standstill.nextDeadline)
        if !standstill.isFrozen { deadline = Self.earlier(deadline, controlWaits.comparisons.nextDeadline) }
        if let deadline { ports.timekeeper.wake(at: deadline) }
    }

    private static func earlier(_ first: Instant?, _ second: Instant?) -> Instant? {
        guard let first, let second else { return first ?? second }
        return min(first, second)
    }

    /// Past the limits of uncommitted and unapplied entries the node takes no new writes (429), until they fall.
    private func closeDoorIfFull() { ports.admission.setClosed(isFull) }
}
