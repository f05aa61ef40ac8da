// How messages enter: what its term means for every one of them, before the rules of its kind apply.
extension Raft {
    /// Precondition: `refusal(of: message)` is nil.
    mutating func receive(_ message: Message, into effects: inout Effects) {
        precondition(message.term < .limit, "a message of term \(message.term) was stepped")
        assert(refusal(of: message) == nil, "a message was stepped that must be refused: \(message)")
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
            // The sender may lead the answer's term by the time it arrives, and counts that term's requests anew: the
            // number of this one would name another.
            let response = AppendEntriesResponse(result: result, readRound: 0, sequence: 0)
            send(.appendEntriesResponse(response), to: message.from, into: &effects)
        case .installSnapshotRequest(let request):
            let response = InstallSnapshotResponse(lastIncluded: request.lastIncluded, installed: false)
            send(.installSnapshotResponse(response), to: message.from, into: &effects)
        case .appendEntriesResponse, .installSnapshotResponse, .timeoutNow:
            break
        }
        return false
    }
}
