// How messages leave.
extension Raft {
    /// Sends what became due in the turn.
    mutating func turnEnded(into effects: inout Effects) {
        if role == .leader {
            sendAppendEntries(into: &effects)
        } else {
            sendAcknowledgement(into: &effects)
        }
    }

    /// Sends now what promises nothing that is not durable: any message gives the current term away, so it waits
    /// until that is durable.
    func send(_ body: Message.Body, to receiver: NodeID, into effects: inout Effects) {
        let message = Message(from: id, to: receiver, term: currentTerm, body: body)
        if durableHardState.currentTerm == currentTerm {
            effects.messages.append(message)
        } else {
            effects.messagesAfterFlush.append(message)
        }
    }

    // MARK: Leader

    /// Sends to every other member what became due in this turn (§5.3; pipelining: thesis 10.2).
    private mutating func sendAppendEntries(into effects: inout Effects) {
        openReadRound()
        let term = currentTerm
        leadership?.sendAppendEntries(
            as: id, term: term, commitIndex: commitIndex, log: log, memoryStart: memoryStart, settings: settings,
            now: clock, into: &effects)
        if leadership?.isSteppingDown == true {
            becomeFollower(term: currentTerm, leader: nil, into: &effects)
        }
    }

    // MARK: Follower

    /// Gives the leader the answers that its requests and the flushes of this turn called for.
    private mutating func sendAcknowledgement(into effects: inout Effects) {
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
