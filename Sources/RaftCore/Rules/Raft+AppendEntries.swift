// Log replication from the follower's side (§5.3).
extension Raft {
    /// The runs of a request that carries entries must add up to its range, follow `prevLogID` and not come from the
    /// future.
    func isCoherent(_ request: AppendEntriesRequest, term messageTerm: Term) -> Bool {
        guard request.range.lower == request.prevLogID.index.next else { return false }
        var count: UInt64 = 0
        var term = request.prevLogID.term
        for run in request.runs {
            guard run.term >= term, run.term > .zero, run.term <= messageTerm else { return false }
            term = run.term
            count += UInt64(run.sizes.count)
        }
        return count == request.range.upper.rawValue - request.range.lower.rawValue
    }

    /// A request of the leader of the current term.
    mutating func receive(_ request: AppendEntriesRequest, _ message: Message, into effects: inout Effects) {
        guard acceptLeader(message.from, into: &effects) else { return }
        acknowledgement.readRound = max(acknowledgement.readRound, request.readRound)
        acknowledgement.sequence = max(acknowledgement.sequence, request.sequence)
        if installing != nil {
            // The log is about to be replaced: say what it holds, and nothing that would move the leader.
            acknowledgement.isDue = true
            return
        }
        let prev = request.prevLogID
        // §5.3: "If the follower does not find an entry in its log with the same index and term, then it refuses the
        // new entries." Entries at or below the compaction point are committed and need no comparison.
        guard prev.index < log.compacted.index || log.contains(prev) else {
            refuse(request)
            return
        }
        guard appendMissing(of: request, into: &effects) else { return }
        acknowledgement.verified = max(acknowledgement.verified, request.range.upper.previous)
        acknowledge(request)
    }

    /// §5.2: "If the leader's term ... is at least as large as the candidate's current term, then the candidate
    /// recognizes the leader as legitimate and returns to follower state." False if the sender cannot be the leader.
    mutating func acceptLeader(_ sender: NodeID, into effects: inout Effects) -> Bool {
        // Election Safety: a second leader in one term is a forgery.
        if role == .leader { return false }
        if let leaderID, leaderID != sender { return false }
        becomeFollower(term: currentTerm, leader: sender, into: &effects)
        didHearFromLeader()
        return true
    }

    /// The logs part at or below `prevLogID`. Of the own entries up to there, those of a later term cannot match: the
    /// hint is the last one of another kind.
    private mutating func refuse(_ request: AppendEntriesRequest) {
        let prev = request.prevLogID
        // A leader that contradicts a committed entry is none (Leader Completeness).
        if prev.index <= max(commitIndex, acknowledgement.verified) { return }
        let hint = log.lastID(atOrBelow: prev.index, termAtMost: prev.term)
        acknowledgement.note(Acknowledgement.Conflict(rejected: prev, hint: hint, sequence: request.sequence))
    }

    /// "If an existing entry conflicts with a new one (same index but different terms), delete the existing entry and
    /// all that follow it. Append any new entries not already in the log" (paper, figure 2). Entries that match are
    /// left alone, so that an old request cannot cut off what came after it. False if the request contradicts what is
    /// settled.
    private mutating func appendMissing(of request: AppendEntriesRequest, into effects: inout Effects) -> Bool {
        let first = log.firstDifference(in: request.range, runs: request.runs)
        if first == request.range.upper { return true }
        // Terms never decrease along a log, not even across the compaction point.
        guard let term = request.term(at: first), let before = log.term(at: first.previous), term >= before else {
            return false
        }
        if first <= log.last.index {
            // Nothing committed, and nothing that this same leader sent, is ever taken back.
            guard first > max(commitIndex, acknowledgement.verified) else { return false }
            truncate(from: first, into: &effects)
        }
        precondition(effects.appended == nil, "the entries of the last step have not been taken over")
        var index = request.range.lower
        for run in request.runs {
            let end = LogIndex(index.rawValue + UInt64(run.sizes.count))
            if end > first {
                let skipped = first > index ? Int(first.rawValue - index.rawValue) : 0
                log.append(term: run.term, sizes: run.sizes[skipped...])
            }
            index = end
        }
        effects.appended = LogRange(first, request.range.upper)
        appendConfigurations(of: request, from: first, into: &effects)
        return true
    }

    private mutating func appendConfigurations(
        of request: AppendEntriesRequest, from first: LogIndex, into effects: inout Effects
    ) {
        for entry in request.configurations where entry.index >= first && request.range.contains(entry.index) {
            guard entry.index > configurations.latest.index else { continue }
            configurations.append(entry)
            configurationDidChange(into: &effects)
        }
    }

    /// Removes the entries from `index` on. A new epoch keeps flush notices of what is removed from vouching for what
    /// takes its place.
    private mutating func truncate(from index: LogIndex, into effects: inout Effects) {
        precondition(index > commitIndex, "entry \(index) is committed (through \(commitIndex)) and cannot be removed")
        precondition(effects.truncateFrom == nil, "the truncation of the last step has not been taken over")
        log.truncate(from: index)
        flushedIndex = min(flushedIndex, index.previous)
        logEpoch += 1
        effects.truncateFrom = index
        if configurations.truncate(from: index) { configurationDidChange(into: &effects) }
    }

    // MARK: Answers

    /// Notes what the request calls for: an answer once per progress, not once per message.
    private mutating func acknowledge(_ request: AppendEntriesRequest) {
        let last = request.range.upper.previous
        let committed = commitIndex
        // "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry)" (paper, figure
        // 2), that is, of the last entry verified to match this leader's log: behind it may be leftovers of another.
        commitIndex = max(commitIndex, min(request.leaderCommit, acknowledgement.verified))
        let vouched = vouchedIndex
        let isOverdue =
            clock.nanoseconds(since: acknowledgement.reportedAt) >= settings.heartbeatIntervalNanoseconds
        if isOverdue || acknowledgement.readRound > acknowledgement.reportedReadRound {
            acknowledgement.isDue = true
        } else if request.range.isEmpty {
            // A heartbeat asks for an answer; mere news of the commit index does not.
            if commitIndex == committed || vouched > acknowledgement.reported { acknowledgement.isDue = true }
        } else if vouched >= last {
            // All of it is durable already: the answer to the first copy may be lost. Otherwise the flush answers.
            acknowledgement.isDue = true
        }
    }

    /// What this follower may vouch for: durable, and verified to match the leader's log.
    var vouchedIndex: LogIndex { min(acknowledgement.verified, flushedIndex) }

    /// A flush may have made something durable that the leader waits for.
    mutating func acknowledgeFlush() {
        if role == .follower, leaderID != nil, vouchedIndex > acknowledgement.reported {
            acknowledgement.isDue = true
        }
    }

    mutating func sendAcknowledgement(into effects: inout Effects) {
        guard role == .follower, let leaderID else { return }
        if let conflict = acknowledgement.conflict {
            let result = AppendEntriesResponse.Result.conflict(rejected: conflict.rejected, hint: conflict.hint)
            send(result, sequence: conflict.sequence, to: leaderID, into: &effects)
            acknowledgement.conflict = nil
        }
        if acknowledgement.isDue {
            let index = vouchedIndex
            guard let term = log.term(at: index) else {
                preconditionFailure("vouched for \(index), which lies outside the log up to \(log.last)")
            }
            let id = LogID(index: index, term: term)
            send(.matched(id), sequence: acknowledgement.sequence, to: leaderID, into: &effects)
            acknowledgement.isDue = false
            acknowledgement.reported = index
        }
    }

    private mutating func send(
        _ result: AppendEntriesResponse.Result, sequence: UInt64, to leader: NodeID, into effects: inout Effects
    ) {
        let response = AppendEntriesResponse(
            result: result, readRound: acknowledgement.readRound, sequence: sequence)
        send(.appendEntriesResponse(response), to: leader, into: &effects)
        acknowledgement.reportedReadRound = acknowledgement.readRound
        acknowledgement.reportedAt = clock
    }
}

extension AppendEntriesRequest {
    /// The term of the entry at `index`, if it is in the request.
    func term(at index: LogIndex) -> Term? {
        guard range.contains(index) else { return nil }
        var end = range.lower
        for run in runs {
            end = LogIndex(end.rawValue + UInt64(run.sizes.count))
            if index < end { return run.term }
        }
        return nil
    }
}
