// How messages enter: what every one of them is checked for before the rules of its kind apply.
extension Raft {
    mutating func receive(_ message: Message, into effects: inout Effects) {
        guard message.to == id, message.from != id, isPlausible(message) else { return }
        if message.term > currentTerm {
            guard receiveHigherTerm(message, into: &effects) else { return }
        } else if message.term < currentTerm {
            guard receiveLowerTerm(message, into: &effects) else { return }
        }
        switch message.body {
        case .requestVoteRequest(let request):
            receive(request, message, into: &effects)
        case .requestVoteResponse(let response):
            receive(response, message, into: &effects)
        case .appendEntriesRequest(let request):
            receive(request, message, into: &effects)
        case .appendEntriesResponse(let response):
            receive(response, message, into: &effects)
        case .installSnapshotRequest(let request):
            receive(request, message, into: &effects)
        case .installSnapshotResponse(let response):
            receive(response, message)
        case .timeoutNow(let request):
            receive(request, message, into: &effects)
        }
    }

    /// §5.1: "If one server's current term is smaller than the other's, then it updates its current term to the larger
    /// value. If a candidate or leader discovers that its term is out of date, it immediately reverts to follower
    /// state." False if the message ends here.
    private mutating func receiveHigherTerm(_ message: Message, into effects: inout Effects) -> Bool {
        switch message.body {
        case .requestVoteRequest(let request):
            // Thesis 4.2.3: "if a server receives a RequestVote request within the minimum election timeout of hearing
            // from a current leader, it does not update its term or grant its vote."
            if hearsFromLeader, !request.isLeadershipTransfer { return false }
            // Thesis 9.6: a pre-vote is a question only; its term is one that nobody has entered yet.
            if !request.isPreVote { becomeFollower(term: message.term, leader: nil, into: &effects) }
        case .appendEntriesRequest, .installSnapshotRequest, .timeoutNow:
            becomeFollower(term: message.term, leader: message.from, into: &effects)
        case .requestVoteResponse, .appendEntriesResponse, .installSnapshotResponse:
            becomeFollower(term: message.term, leader: nil, into: &effects)
        }
        return true
    }

    /// §5.1: "If a server receives a request with a stale term number, it rejects the request." The rejection carries
    /// the current term, which makes a deposed leader step down. False if the message ends here.
    private mutating func receiveLowerTerm(_ message: Message, into effects: inout Effects) -> Bool {
        switch message.body {
        case .requestVoteRequest:
            return true
        case .requestVoteResponse(let response):
            // A voter that grants a pre-vote stays in its own term, which may be behind.
            return response.isPreVote
        case .appendEntriesRequest(let request):
            let result = AppendEntriesResponse.Result.conflict(rejected: request.prevLogID, hint: .zero)
            let response = AppendEntriesResponse(result: result, readRound: 0, sequence: request.sequence)
            send(.appendEntriesResponse(response), to: message.from, into: &effects)
        case .installSnapshotRequest(let request):
            let response = InstallSnapshotResponse(lastIncluded: request.lastIncluded, installed: false)
            send(.installSnapshotResponse(response), to: message.from, into: &effects)
        case .appendEntriesResponse, .installSnapshotResponse, .timeoutNow:
            break
        }
        return false
    }

    /// Terms and indexes that no cluster reaches are lies or bit errors. Below this bound no arithmetic on them can
    /// overflow.
    private func isPlausible(_ message: Message) -> Bool {
        let bound = UInt64.max / 2
        func isPlausible(_ id: LogID) -> Bool { id.index.rawValue <= bound && id.term.rawValue <= bound }
        guard message.term.rawValue <= bound else { return false }
        switch message.body {
        case .requestVoteRequest(let request):
            return isPlausible(request.lastLogID)
        case .requestVoteResponse:
            return true
        case .appendEntriesRequest(let request):
            return isPlausible(request.prevLogID) && request.range.upper.rawValue <= bound
                && isCoherent(request, term: message.term)
        case .appendEntriesResponse(let response):
            switch response.result {
            case .matched(let id): return isPlausible(id)
            case .conflict(let rejected, let hint): return isPlausible(rejected) && isPlausible(hint)
            }
        case .installSnapshotRequest(let request):
            return isPlausible(request.lastIncluded) && request.lastIncluded.term <= message.term
        case .installSnapshotResponse(let response):
            return isPlausible(response.lastIncluded)
        case .timeoutNow(let request):
            return isPlausible(request.lastLogID)
        }
    }

    // MARK: Sending

    /// Sends now what promises nothing that is not durable: any message tells its receiver the current term, so it
    /// waits until that is durable.
    func send(_ body: Message.Body, to receiver: NodeID, into effects: inout Effects) {
        let message = Message(from: id, to: receiver, term: currentTerm, body: body)
        if durableHardState.currentTerm == currentTerm {
            effects.messages.append(message)
        } else {
            effects.messagesAfterFlush.append(message)
        }
    }
}
