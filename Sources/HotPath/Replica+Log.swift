internal import DequeModule
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// The log change of a step on its way into the ring, the log job and the state machine.
extension Replica {
    /// `entries` are those beside the message or proposal that was just stepped.
    func takeOverLogChange(entries: [Entry]) {
        if let index = effects.truncateFrom {
            ring.truncate(from: index)
            jobTruncateFrom = min(jobTruncateFrom ?? index, index)
            while let last = jobEntries.last, last.id.index >= index { jobEntries.removeLast() }
        }
        if let range = effects.appended {
            var index = range.lower
            while index < range.upper {
                let entry = payload(at: index, among: entries)
                ring.append(entry)
                jobEntries.append(entry)
                index = index.next
            }
        }
        effects.removeStepChanges()
    }

    private func payload(at index: LogIndex, among entries: [Entry]) -> Entry {
        if let generated = effects.generated.first(where: { $0.id.index == index }) {
            switch generated.content {
            case .noop:
                return Entry(id: generated.id, kind: .noop, commandCount: 0, payload: ByteBuffer())
            case .configuration(let configuration):
                let payload = ConfigurationCodec.encode(configuration)
                return Entry(id: generated.id, kind: .configuration, commandCount: 0, payload: payload)
            }
        }
        guard let first = entries.first, index >= first.id.index,
            index.rawValue - first.id.index.rawValue < UInt64(entries.count)
        else { preconditionFailure("the core appended index \(index), whose payload is not at hand") }
        return entries[Int(index.rawValue - first.id.index.rawValue)]
    }

    func carryOutEffects(now: Instant) {
        submitLogJob()
        for message in effects.messages { send(message) }
        hold(effects.messagesAfterFlush)
        if effects.configurationChanged { linkMembers(now: now) }
        if let index = effects.applyThrough { submitApply(through: index) }
        // After the committed ones have left for apply: what is still open then has an unknown outcome.
        if effects.leadershipLost { failOpenProposals() }
        for read in effects.readsReady { readBecameReady(read) }
        for id in effects.readsFailed { readFailed(id, now: now) }
        hasLostLeadership = effects.leadershipLost
        precondition(
            effects.snapshotsToSend.isEmpty && effects.snapshotToInstall == nil,
            "a snapshot is asked for although no node compacts its log")
        let roleChanged = effects.roleChanged
        if roleChanged { onRoleChange(raft.role, raft.currentTerm, raft.leaderID) }
        if roleChanged || effects.configurationChanged { statusDetailsDue = now }
        effects.removeAll()
        // What waited for a leader goes on in the next turn.
        if roleChanged, !waiting.isEmpty { mailbox.requestTurn() }
    }

    /// Everything of this turn that must be durable goes to the log thread as one job.
    private func submitLogJob() {
        guard effects.hardState != nil || !jobEntries.isEmpty || jobTruncateFrom != nil else { return }
        submittedSequence += 1
        let notice = FlushNotice(epoch: raft.logEpoch, lastLogID: raft.lastLogID, hardState: raft.hardState)
        logWriter.submit(
            LogJob(
                sequence: submittedSequence, truncateFrom: jobTruncateFrom, entries: jobEntries,
                hardState: effects.hardState, notice: notice))
        jobEntries.removeAll(keepingCapacity: true)
        jobTruncateFrom = nil
    }

    /// §5: "Updated on stable storage before responding to RPCs". With nothing in flight to the disk there is nothing
    /// to wait for.
    private func hold(_ messages: [Message]) {
        for message in messages {
            if flushedSequence == submittedSequence {
                send(message)
            } else if let last = heldMessages.last, last.sequence == submittedSequence, message.replaces(last.message) {
                // A leader goes on asking a follower whose disk does not answer.
                heldMessages[heldMessages.count - 1].message = message
            } else {
                heldMessages.append((submittedSequence, message))
            }
        }
    }

    /// Hands everything committed and durable to the apply thread, in at most two jobs: what only the disk has (after a
    /// restart), and what is in memory.
    private func submitApply(through index: LogIndex) {
        precondition(index >= applySubmitted, "apply was submitted through \(applySubmitted), now \(index)")
        guard index > applySubmitted else { return }
        let range = LogRange(applySubmitted.next, index.next)
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
        applySubmitted = index
    }

    private func submitApply(_ range: LogRange, entries: [Entry], bytes: Int) {
        var waiters: [ApplyJob.Waiters] = []
        while let first = proposals.first, range.contains(first.id.index) {
            precondition(
                raft.term(at: first.id.index) == first.id.term,
                "the proposal \(first.id) is applied with another entry's term")
            waiters.append(first.waiters)
            proposals.removeFirst()
        }
        unappliedBatches.append((range.upper.previous, bytes))
        unappliedBytes += bytes
        applier.submit(ApplyJob(range: range, entries: entries, waiters: waiters))
    }
}

extension Message {
    /// Whether this answer to AppendEntries tells all that an earlier one would: what it acknowledges only grows within
    /// a term, and the same rejection again says nothing new.
    fileprivate func replaces(_ earlier: Message) -> Bool {
        guard to == earlier.to, term == earlier.term,
            case .appendEntriesResponse(let mine) = body, case .appendEntriesResponse(let theirs) = earlier.body
        else { return false }
        return switch (mine.result, theirs.result) {
        case (.matched, .matched): true
        case (.conflict, .conflict): mine.result == theirs.result
        case (.matched, .conflict), (.conflict, .matched): false
        }
    }
}
