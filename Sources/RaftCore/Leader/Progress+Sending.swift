extension Progress {
    /// Sends what is due to this member: entries, or an empty request that is a heartbeat or brings news of the commit
    /// index or a ReadIndex round, or the demand for a snapshot.
    mutating func send(_ turn: borrowing ReplicationTurn, log: borrowing RaftLog, into effects: inout Effects) {
        let isUrgent = turn.isHeartbeatDue || (isVoter && sentReadRound < turn.readRound)
        switch state {
        case .snapshot:
            if isUrgent { sendEmpty(turn, log: log, into: &effects) }
        case .probe, .replicate:
            if nextIndex <= log.compacted.index {
                // The entries that the member needs have left the log. Nobody sends a snapshot to a server that does
                // not answer.
                let timeout = turn.settings.electionTimeoutNanosecondsMin
                if isRecentlyActive(within: timeout, now: turn.now), turn.isHeartbeatDue || !isPaused {
                    becomeSnapshot()
                    effects.snapshotsToSend.append(id)
                }
                if isUrgent { sendEmpty(turn, log: log, into: &effects) }
            } else if state == .replicate {
                let isBehind = sendWindow(turn, log: log, into: &effects)
                if !isBehind, isUrgent || sentCommit < turn.commitIndex { sendEmpty(turn, log: log, into: &effects) }
            } else if !isPaused {
                sendEntries(turn, log: log, into: &effects)
            } else if isUrgent {
                // The probe or its answer may be lost: ask again, without the entries.
                sendEmpty(turn, log: log, into: &effects)
            }
        }
    }

    /// Sends as many requests as it takes to bring the member up to the end of the log, within its window. True if any
    /// went out.
    private mutating func sendWindow(
        _ turn: borrowing ReplicationTurn, log: borrowing RaftLog, into effects: inout Effects
    ) -> Bool {
        var hasSent = false
        while nextIndex <= log.last.index, !inflights.isFull {
            sendEntries(turn, log: log, into: &effects)
            hasSent = true
        }
        return hasSent
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
