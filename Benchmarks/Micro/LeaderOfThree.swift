import RaftCore

/// The core of a leader whose two followers and whose disk answer at once.
final class LeaderOfThree {
    private var raft: Raft
    private var effects = Effects()
    /// Requests on their way to the followers; swapped with the effects' array, so that neither allocates.
    private var requests: [Message] = []
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var committedSinceCompaction = 0

    init() {
        var recovered = Raft.Recovered()
        recovered.configuration = Fixtures.configuration
        var settings = RaftSettings()
        settings.preVote = false
        raft = Raft(id: "a", settings: settings, recovered: recovered, seed: 7, now: now)
        now = raft.nextDeadline ?? now
        step(.timeElapsed)
        flush()
        let vote = RequestVoteResponse(isPreVote: false, requestTerm: raft.currentTerm, voteGranted: true)
        step(.receive(Message(from: "b", to: "a", term: raft.currentTerm, body: .requestVoteResponse(vote))))
        precondition(raft.role == .leader, "the vote of a second server makes a leader of three")
        finishTurns()
    }

    /// Proposes entries of these sizes and takes them to the state machine: the proposal, one request to each follower,
    /// the notice of the leader's disk, both answers, and the turn that sends the commit index to the followers.
    func commit(sizes: [UInt32]) {
        step(.propose(sizes: sizes))
        finishTurns()
        precondition(raft.commitIndex == raft.lastLogID.index, "what all have is committed")
        committedSinceCompaction += sizes.count
        guard committedSinceCompaction >= 1_024 else { return }
        committedSinceCompaction = 0
        step(.compacted(through: raft.lastLogID))
    }

    private func finishTurns() {
        step(.turnEnded)
        flush()
        while !effects.messages.isEmpty {
            swap(&requests, &effects.messages)
            for request in requests { answer(request) }
            requests.removeAll(keepingCapacity: true)
            if let through = effects.applyThrough { step(.applied(through)) }
            effects.applyThrough = nil
            step(.turnEnded)
        }
        effects.removeAll()
    }

    private func answer(_ message: Message) {
        guard case .appendEntriesRequest(let request) = message.body else { return }
        let last =
            request.range.isEmpty
            ? request.prevLogID : LogID(index: request.range.upper.previous, term: raft.currentTerm)
        let response = AppendEntriesResponse(
            result: .matched(last), readRound: request.readRound, sequence: request.sequence)
        step(
            .receive(
                Message(from: message.to, to: "a", term: raft.currentTerm, body: .appendEntriesResponse(response))))
    }

    private func flush() {
        step(
            .flushed(FlushNotice(epoch: raft.logEpoch, lastLogID: raft.lastLogID, hardState: raft.hardState)))
    }

    private func step(_ event: Event) {
        raft.step(event, now: now, into: &effects)
        effects.removeStepChanges()
    }
}
