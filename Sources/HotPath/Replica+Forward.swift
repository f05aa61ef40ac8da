internal import KeyValue
internal import NIOCore
internal import RaftCore

/// Writes that travel between nodes: a follower sends those of its users to the leader, and the leader sends the
/// outcomes back.
extension Replica {
    // MARK: At the follower

    func forward(_ burst: Burst, to leader: NodeID, arrivedAt: Instant) {
        guard !burst.tags.isEmpty else { return }
        var rest = burst.commands
        var nextTag = 0
        while rest.readableBytes > 0 {
            let run = CommandRun(
                from: &rest, commandsMax: settings.forwardCommandsMax, bytesMax: settings.forwardBytesMax)
            let id = ids.makeID()
            // Nearly every burst is one run, whose tags need no copy.
            let isWhole = run.count == burst.tags.count
            let tags = isWhole ? burst.tags : Array(burst.tags[nextTag..<(nextTag + run.count)])
            forwardedWrites.append(run, tags: tags, id: id, leader: leader, arrivedAt: arrivedAt)
            nextTag += run.count
            ports.links.send(.forwardedWrites(id: id, commandCount: run.count, commands: run.commands), to: leader)
        }
    }

    func takeForwardedAnswer(id: UInt64, first: Int, outcomes: [Outcome], from peer: NodeID, now: Instant) {
        let answer = forwardedWrites.takeAnswer(
            id: id, first: first, outcomes: outcomes, from: peer, answers: &answers)
        switch answer {
        case .ignored:
            break
        case .completed(let released):
            ports.admission.release(released)
        case .turnedAway(let burst, let arrivedAt):
            heldBursts.appendForRetry(burst, arrivedAt: arrivedAt, now: now)
        }
    }

    // MARK: At the leader

    /// Commands that another node's users sent; `PeerGate` has found them well-formed. Only a leader takes them.
    func proposeForwarded(_ commands: ByteBuffer, count: Int, id: UInt64, from peer: NodeID, now: Instant) {
        let refusal: RequestFailure? =
            raft.role != .leader || !raft.canPropose || standing.isOdd
            ? .noLeader : isFull ? .overloaded : allows(commands) ? nil : .notSupported
        if let refusal { return refuseForwarded(id: id, count: count, refusal, from: peer) }
        let tags = forwardOrigins.makeTags(forMessage: id, count: count, from: peer)
        propose(commands, tags: tags, isAdmittedHere: false, now: now)
    }

    /// Nothing of what was forwarded was done.
    func refuseForwarded(id: UInt64, count: Int, _ refusal: RequestFailure, from peer: NodeID) {
        let outcomes = Array(repeating: Outcome.failed(refusal), count: count)
        ports.links.send(.forwardedWritesAnswer(id: id, first: 0, outcomes: outcomes), to: peer)
    }

    /// Sends outcomes back to the nodes that forwarded the commands: one answer per run of consecutive commands.
    func answerForwardedWrites(_ completions: [Completion]) {
        var start = 0
        while start < completions.count {
            let first = completions[start].tag
            let (id, firstOffset) = ForwardTag.decode(first.request)
            var end = start + 1
            while end < completions.count, completions[end].tag.connection == first.connection,
                completions[end].tag.request == first.request + UInt64(end - start)
            { end += 1 }
            if let peer = forwardOrigins.peer(of: first) {
                let outcomes = completions[start..<end].map(\.outcome)
                ports.links.send(.forwardedWritesAnswer(id: id, first: firstOffset, outcomes: outcomes), to: peer)
            }
            start = end
        }
    }
}
