extension Progress {
    /// Sends what is due to this member: entries, or an empty request that is a heartbeat or brings news of the commit
    /// index or a ReadIndex round, or the demand for a snapshot.
    mutating func send(_ turn: borrowing ReplicationTurn, log: borrowing RaftLog, into effects: inout Effects) {
        let isUrgent = turn.isHeartbeatDue || (isVoter && sentReadRound < turn.readRound)
        let isInMemory = nextIndex >= turn.memoryStart
        switch state {
        case .snapshot:
            if isUrgent { sendEmpty(turn, log: log, into: &effects) }
        case .probe, .replicate:
            if nextIndex <= log.compacted.index {
                // The entries that the member needs have left the log. Nobody sends a snapshot to a server that does
                // not answer.
                let timeout = turn.settings.electionTimeoutNanosecondsMin
                let isOverlooked = turn.settings.has(.overlooksEmptyLog) && log.compacted == log.last
                if isRecentlyActive(within: timeout, now: turn.now), turn.isHeartbeatDue || !isPaused, !isOverlooked {
                    becomeSnapshot()
                    effects.snapshotsToSend.append(id)
                }
                if isUrgent { sendEmpty(turn, log: log, into: &effects) }
            } else if state == .replicate {
                let isBehind = sendWindow(turn, log: log, into: &effects)
                // To a member that waits for a disk the commit index is no news: what it lacks is the entries.
                let hasNews = isInMemory && sentCommit < turn.commitIndex
                if !isBehind, isUrgent || hasNews { sendEmpty(turn, log: log, into: &effects) }
            } else if !isPaused, isInMemory {
                sendEntries(turn, log: log, into: &effects)
            } else if !isPaused {
                // Where the logs part is found out without a disk; entries are read once that is known.
                sendEmpty(turn, log: log, into: &effects)
                didSend(LogRange(nextIndex, nextIndex), bytes: 0)
            } else if isUrgent {
                // The probe or its answer may be lost: ask again, without the entries.
                sendEmpty(turn, log: log, into: &effects)
            }
        }
        forgetRead()
    }

    /// Sends as many requests as it takes to bring the member up to the end of the log, within its window, or as many
    /// as can be sent without the disk. True if any went out.
    private mutating func sendWindow(
        _ turn: borrowing ReplicationTurn, log: borrowing RaftLog, into effects: inout Effects
    ) -> Bool {
        var hasSent = false
        while nextIndex <= log.last.index, !inflights.isFull {
            if nextIndex >= turn.memoryStart {
                sendEntries(turn, log: log, into: &effects)
            } else if let (range, bytes) = takeRead() {
                send(range, prev: nextIndex.previous, turn, log: log, into: &effects)
                didSend(range, bytes: bytes)
            } else {
                askForEntries(turn, into: &effects)
                break
            }
            hasSent = true
        }
        return hasSent
    }

    /// Asks for the next entries, which are on disk only, unless a read is under way.
    private mutating func askForEntries(_ turn: borrowing ReplicationTurn, into effects: inout Effects) {
        let count = UInt64(max(turn.settings.messageEntriesMax, 1))
        let range = LogRange(nextIndex, min(LogIndex(nextIndex.rawValue + count), turn.memoryStart))
        guard mayRead(range) else { return }
        effects.logReads.append(
            LogReadRequest(follower: id, term: turn.term, range: range, bytesMax: turn.settings.messageBytesMax))
    }

    /// Sends one request with the next entries, or an empty one if there are none.
    private mutating func sendEntries(
        _ turn: borrowing ReplicationTurn, log: borrowing RaftLog, into effects: inout Effects
    ) {
        let (range, bytes) = log.cut(
            from: nextIndex, entriesMax: turn.settings.messageEntriesMax, bytesMax: turn.settings.messageBytesMax)
        send(range, prev: nextIndex.previous, turn, log: log, into: &effects)
        didSend(range, bytes: bytes)
    }

    /// Sends a request without entries. Its `prevLogID` is the last entry sent, so that a member that lost one says so.
    /// If that entry has left the log, the position before the first entry stands in, which any log matches.
    private mutating func sendEmpty(
        _ turn: borrowing ReplicationTurn, log: borrowing RaftLog, into effects: inout Effects
    ) {
        let prev = nextIndex.previous
        let isKnown = state != .snapshot && prev >= log.compacted.index
        let position = isKnown ? prev : .zero
        send(LogRange(position.next, position.next), prev: position, turn, log: log, into: &effects)
    }

    private mutating func send(
        _ range: LogRange, prev: LogIndex, _ turn: borrowing ReplicationTurn, log: borrowing RaftLog,
        into effects: inout Effects
    ) {
        let request = AppendEntriesRequest(
            prevLogID: LogID(index: prev, term: log.term(at: prev) ?? .zero), range: range,
            leaderCommit: turn.commitIndex, readRound: turn.readRound, sequence: nextSequence(),
            lostThrough: lostThrough)
        effects.messages.append(
            Message(from: turn.leader, to: id, term: turn.term, body: .appendEntriesRequest(request)))
        sentCommit = turn.commitIndex
        sentReadRound = turn.readRound
    }
}
