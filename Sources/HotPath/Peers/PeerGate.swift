internal import KeyValue
internal import NIOCore
package import RaftCore

/// Where a message from a peer is judged, once, before anything is done with it. Decoding has only made sure that it
/// could be read; the core, the log and the state machine rely on what is checked here and assert it at most.
///
/// Whether a message is old, repeated or sent to the wrong role is not judged here: correct peers send such messages
/// too, and every rule knows what to do with them.
package enum PeerGate {
    /// Why `message`, which arrived on the link from `peer`, is not let in; nil if it is.
    package static func refusal(
        of message: PeerMessage, from peer: NodeID, at raft: borrowing Raft
    ) -> PeerRefusal? {
        switch message {
        case .raft(let message, let entries):
            return refusal(of: message, with: entries, from: peer, at: raft)
        case .forwardedWrites(_, let commandCount, let commands):
            return refusal(of: commands, commandCount: commandCount)
        case .forwardedWritesAnswer(_, let first, let outcomes):
            let rest = ReplicaLimits.forwardCommandsMax - outcomes.count
            if first < 0 || first > rest { return .outcomesOutOfRange(first: first, count: outcomes.count) }
            return outcomes.contains(.readable) ? .outcomeOfRead : nil
        case .readIndexAnswer(_, let index):
            guard let index, index >= .limit else { return nil }
            return .core(.indexOutOfRange(index))
        case .removed(let index):
            return index >= .limit ? .core(.indexOutOfRange(index)) : nil
        case .comparisonAnswer(let id, _):
            return id.index >= .limit ? .core(.indexOutOfRange(id.index)) : nil
        case .readIndexRequest, .controlRequest, .controlAnswer:
            return nil
        }
    }

    private static func refusal(
        of message: Message, with entries: [Entry], from peer: NodeID, at raft: borrowing Raft
    ) -> PeerRefusal? {
        if message.from != peer { return .otherSender(message.from) }
        if let refusal = raft.refusal(of: message) { return .core(refusal) }
        let current = raft.currentTerm
        let isTooFarAhead =
            message.term > current && message.term.rawValue - current.rawValue > ReplicaLimits.termAheadMax
        switch message.body {
        case .appendEntriesRequest(let request):
            if let refusal = refusal(of: entries, in: request) { return refusal }
        case .installSnapshotRequest(let request):
            if !entries.isEmpty { return .strayEntries(entries.count) }
            if request.configuration.voterCount == 0 { return .snapshotWithoutVoters }
            let level = request.configuration.featureLevel
            if level > raft.featureLevel { return .snapshotOfLaterLevel(level) }
        case .requestVoteRequest, .requestVoteResponse, .appendEntriesResponse, .installSnapshotResponse, .timeoutNow:
            if !entries.isEmpty { return .strayEntries(entries.count) }
        }
        return isTooFarAhead ? .termTooFarAhead(message.term, of: current) : nil
    }

    /// The entries must be those of the range. That their terms fit the log is what the core says of `runs`, which
    /// describe them.
    private static func refusal(of entries: [Entry], in request: AppendEntriesRequest) -> PeerRefusal? {
        if request.leaderCommit >= .limit { return .core(.indexOutOfRange(request.leaderCommit)) }
        if entries.count != request.range.count { return .entryCount(entries.count, of: request.range) }
        var index = request.range.lower
        for position in entries.indices {
            if entries[position].id.index != index { return .entryOutOfPlace(entries[position].id, at: index) }
            index = index.next
        }
        return nil
    }

    private static func refusal(of commands: ByteBuffer, commandCount: Int) -> PeerRefusal? {
        do throws(CodecError) {
            try ForwardedCommands.validate(commands, count: commandCount)
            return nil
        } catch {
            return error.isOfLaterRelease ? .unknownCommands(error) : .commands(error)
        }
    }
}
