package import RaftCore

/// Stopping, and starting over with another log. Owner's thread only.
extension Replica {
    /// Takes no new requests from now on (`shuttingDown`), but finishes those that are open.
    package func beginShutdown() {
        standstill.beginShutdown()
        ports.board.update { $0.isShuttingDown = true }
        ports.mailbox.requestTurn()
    }

    // MARK: Idle

    /// Calls `waiter` once, on the owner's thread: with true when all that was proposed here is answered, everything
    /// submitted to the log thread is durable and everything handed to the apply thread is applied; with false if that
    /// takes longer than `timeoutMilliseconds`, or if the wait was abandoned.
    package func whenIdle(timeoutMilliseconds: Int, _ waiter: @escaping (_ isIdle: Bool) -> Void) {
        standstill.append(waiter, deadline: deadline(afterMilliseconds: timeoutMilliseconds))
        ports.appliedInterest.set(true)
        ports.mailbox.requestTurn()
    }

    /// Calls those that wait in `whenIdle` although the replica is not idle: their time is up.
    package func abandonIdleWaiters() {
        for waiter in standstill.takeWaiters() { waiter(false) }
    }

    func notifyIfIdle(now: Instant) {
        guard standstill.isAwaited else { return }
        if isIdle {
            for waiter in standstill.takeWaiters() { waiter(true) }
        } else {
            for waiter in standstill.takeOverdue(now: now) { waiter(false) }
        }
    }

    private var isIdle: Bool {
        proposals.isEmpty && forwardedWrites.isEmpty && reads.isEmpty && logJobs.isAllFlushed
            && unapplied.areFinished
            && (standstill.isFrozen || raft.role != .leader || raft.commitIndex == raft.lastLogID.index)
    }

    // MARK: Another log

    /// Stops stepping the core; requests are held. The way into `restart`.
    package func freeze() { standstill.freeze() }

    /// Continues after `freeze` as before.
    package func unfreeze() {
        standstill.unfreeze()
        ports.mailbox.requestTurn()
    }

    /// Continues after `freeze` with another log and state, which replaced the old ones on disk: a joiner that gave up
    /// its own history. Precondition: frozen and idle (`whenIdle`).
    package func restart(with raft: consuming Raft) {
        precondition(standstill.isFrozen, "a replica is restarted without being frozen")
        precondition(proposals.isEmpty, "a replica is restarted with open proposals")
        precondition(logJobs.isAllFlushed, "a replica is restarted while its log is being written")
        for waiter in controlWaits.configurations.takeAll() { waiter(.unknown) }
        let now = ports.timekeeper.now
        for linked in memberLinks.members { forgetLink(to: linked.id, now: now) }
        effects.removeAll()
        peerInbox.removeMessages()
        heldMessages.removeAll()
        catchUp.reads.removeAll()
        forgetSnapshots()
        logJobs.removeChanges()
        ring = EntryRing(after: raft.lastLogID.index)
        unapplied = UnappliedRanges(applied: raft.appliedIndex)
        restartCompaction(after: raft.lastLogID, compacted: raft.compactedLogID, now: now)
        self.raft = raft
        standing = Standing()
        standing.verdicts = ports.stateMachine.verdicts
        endComparisonsWithLeadership()
        ports.board.publish(staleReads: standing.staleReads)
        standstill.unfreeze()
        memberLinks.restart(with: self.raft.configuration.members)
        ports.links.membersChanged(memberLinks.members)
        ports.mailbox.requestTurn()
    }
}
