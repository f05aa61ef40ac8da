internal import RaftCore

/// Carrying out the effects of a turn. The order is the contract between the core and its owner: it is that of the
/// fields of `Effects`, where each says what must be durable or known before.
extension Replica {
    func carryOutEffects(now: Instant) {
        submitLogJob(now: now)
        for message in effects.messages { send(message) }
        sendAfterFlush(effects.messagesAfterFlush)
        for request in effects.logReads { read(request) }
        catchUp.reads.turnEnded()
        if effects.configurationChanged { linkMembers(now: now) }
        if let index = effects.applyThrough { submitApply(through: index) }
        if effects.leadershipLost { endLeadership() }
        for read in effects.readsReady { readBecameReady(read) }
        for id in effects.readsFailed { readFailed(id, now: now) }
        for member in effects.snapshotsToSend { offerSnapshot(to: member, now: now) }
        if let request = effects.snapshotToInstall { fetchSnapshot(request, now: now) }
        for loss in effects.dataLosses { onTrouble(.dataLoss(loss)) }
        if effects.roleChanged { onRoleChange(raft.role, raft.currentTerm, raft.leaderID) }
        if effects.roleChanged || effects.configurationChanged || !effects.dataLosses.isEmpty {
            standing.statusDetailsDue = now
        }
        // Bursts that waited for a leader go on in the next turn.
        if effects.roleChanged, !heldBursts.isEmpty { ports.mailbox.requestTurn() }
        effects.removeAll()
    }

    /// Everything of this turn that must be durable goes to the log thread as one job.
    private func submitLogJob(now: Instant) {
        guard effects.hardState != nil || logJobs.hasLogChange || compaction?.awaitsJob == true else { return }
        let notice = FlushNotice(epoch: raft.logEpoch, lastLogID: raft.lastLogID, hardState: raft.hardState)
        var job = logJobs.takeJob(hardState: effects.hardState, notice: notice, now: now)
        job.compaction = compaction?.takeCut(sequence: job.sequence)
        ports.logWriter.submit(job)
    }

    /// §5: "Updated on stable storage before responding to RPCs". With nothing in flight to the disk there is nothing
    /// to wait for.
    private func sendAfterFlush(_ messages: [Message]) {
        for message in messages {
            if logJobs.isAllFlushed || settings.has(.sendsBeforeSync) {
                send(message)
            } else {
                heldMessages.append(message, untilDurable: logJobs.submitted)
            }
        }
    }

    /// Hands everything committed and durable to the apply thread, in at most two jobs: the entries that only the disk
    /// has (after a restart), and those in memory.
    private func submitApply(through index: LogIndex) {
        let submitted = unapplied.submitted
        precondition(index >= submitted, "apply was submitted through \(submitted), now \(index)")
        guard index > submitted else { return }
        let range = LogRange(submitted.next, index.next)
        let boundary = max(range.lower, min(ring.firstIndex, range.upper))
        if range.lower < boundary {
            submitApply(LogRange(range.lower, boundary), entries: [], bytes: 0)
        }
        if boundary < range.upper {
            let entries = ring.slice(LogRange(boundary, range.upper))
            submitApply(
                LogRange(boundary, range.upper), entries: entries,
                bytes: entries.reduce(0) { $0 + $1.encodedBytes })
        }
    }

    private func submitApply(_ range: LogRange, entries: [Entry], bytes: Int) {
        var waiters: [ApplyJob.Waiters] = []
        while let proposal = proposals.popFirst(in: range) {
            precondition(
                raft.term(at: proposal.id.index) == proposal.id.term,
                "the proposal \(proposal.id) is applied with another entry's term")
            waiters.append(proposal.waiters)
        }
        unapplied.append(range, bytes: bytes)
        ports.applier.submit(ApplyJob(range: range, entries: entries, waiters: waiters))
    }

    /// Proposals that are not handed to apply by now have an unknown outcome.
    private func endLeadership() {
        var forwarded: [Completion] = []
        let outcome: RequestFailure = settings.has(.deniesProposals) ? .noLeader : .unknownOutcome
        ports.admission.release(
            proposals.endWithLeadership(local: &answers, forwarded: &forwarded, outcome: outcome))
        answerForwardedWrites(forwarded)
        controlWaits.configurations.endWithLeadership()
        for offer in catchUp.offers.takeAll() { ports.snapshots.release(id: offer.id) }
        endComparisonsWithLeadership()
    }
}
