// Log replication from the follower's side (§5.3).
extension Raft {
    /// A request of the leader of the current term.
    mutating func receive(_ request: AppendEntriesRequest, _ message: Message, into effects: inout Effects) {
        precondition(
            request.range.lower == request.prevLogID.index.next,
            "a request for \(request.range) after \(request.prevLogID) was stepped")
        guard acceptLeader(message.from, into: &effects) else { return }
        forgetUnknownEntryOfEarlierLeader()
        noteCountedIn(through: request.range.upper.previous)
        firstLeaderCommit = firstLeaderCommit ?? request.leaderCommit
        leaderCommit = max(leaderCommit, request.leaderCommit)
        if let lost = request.lostThrough { noteLoss(through: lost, into: &effects) }
        acknowledgement.readRound = max(acknowledgement.readRound, request.readRound)
        acknowledgement.sequence = max(acknowledgement.sequence, request.sequence)
        if installing != nil {
            // The log is about to be replaced: say what it holds, and nothing that would move the leader.
            acknowledgement.isDue = true
            return
        }
        takeEntries(of: known(of: request), into: &effects)
    }

    /// All that the request says but its entries. Its position may be that of entries that wait; the one before the
    /// first entry matches in any log.
    mutating func receiveNews(_ message: Message, into effects: inout Effects) {
        guard case .appendEntriesRequest(var request) = message.body else {
            preconditionFailure("\(message) has no entries that could be taken later")
        }
        let last = request.range.upper.previous
        request = request.withoutPosition
        var news = message
        news.body = .appendEntriesRequest(request)
        receive(news, into: &effects)
        if isFollowing(message) { noteCountedIn(through: last) }
    }

    /// The rest of the same request, later.
    mutating func receiveEntries(_ message: Message, into effects: inout Effects) {
        guard case .appendEntriesRequest(let request) = message.body else {
            preconditionFailure("\(message) has no entries")
        }
        guard isFollowing(message), installing == nil else { return }
        takeEntries(of: known(of: request), into: &effects)
    }

    private func isFollowing(_ message: Message) -> Bool {
        role == .follower && leaderID == message.from && currentTerm == message.term
    }

    private mutating func takeEntries(of request: AppendEntriesRequest, into effects: inout Effects) {
        let prev = request.prevLogID
        // §5.3: "If the follower does not find an entry in its log with the same index and term, then it refuses the
        // new entries." Entries at or below the compaction point are committed and need no comparison.
        guard log.agrees(with: prev) || settings.has(.ignoresPreviousTerm) && prev.index <= log.last.index else {
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
        isToldRemoved = false
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
        var first = log.firstDifference(in: request.range, runs: request.runs)
        if settings.has(.truncatesMatching) { first = min(first, max(request.range.lower, commitIndex.next)) }
        if first == request.range.upper { return true }
        // Terms never decrease along a log, not even across the compaction point.
        guard let term = request.term(at: first), let before = log.term(at: first.previous), term >= before else {
            return false
        }
        if first <= log.last.index {
            // Nothing committed, and nothing that this same leader sent, is ever taken back.
            guard first > max(commitIndex, acknowledgement.verified) || settings.has(.truncatesMatching) else {
                return false
            }
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
        precondition(index == request.range.upper, "the runs of \(request.range) end at \(index)")
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
        memoryStart = min(memoryStart, index)
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
        // 2), that is, of the last entry verified to match this leader's log: after it may be leftovers of another.
        let verified = settings.has(.commitsUnverified) ? log.last.index : acknowledgement.verified
        commitIndex = max(commitIndex, min(request.leaderCommit, verified))
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

    /// The last entry that this follower may vouch for: durable, and verified to match the leader's log.
    var vouchedIndex: LogIndex {
        settings.has(.acknowledgesBeforeSync)
            ? acknowledgement.verified : min(acknowledgement.verified, flushedIndex)
    }

    /// A flush may have made something durable that the leader waits for.
    mutating func acknowledgeFlush() {
        if role == .follower, leaderID != nil, vouchedIndex > acknowledgement.reported {
            acknowledgement.isDue = true
        }
    }
}
