internal import HotPath
internal import RaftCore

/// "Persistent state on all servers (Updated on stable storage before responding to RPCs)" (paper, figure 2): nothing
/// leaves a node that depends on what its disk does not hold yet. Pre-votes change nothing and depend on nothing.
enum DurableBeforeSpeaking {
    static func breach(of message: Message, by process: any WatchedProcess) -> String? {
        let durable = process.durableHardState
        let id = process.id
        if case .requestVoteRequest(let request) = message.body, request.isPreVote { return nil }
        if durable.currentTerm < message.term {
            return "\(id) sends a message of term \(message.term), and \(durable.currentTerm) is on its disk"
        }
        switch message.body {
        case .requestVoteResponse(let response) where response.voteGranted && !response.isPreVote:
            if durable.currentTerm == message.term, durable.votedFor != message.to {
                return "\(id) votes for \(message.to) in term \(message.term), which is not on its disk"
            }
        case .requestVoteRequest:
            if durable.currentTerm == message.term, durable.votedFor != id {
                return "\(id) campaigns in term \(message.term), and its vote for itself is not on its disk"
            }
        case .appendEntriesResponse(let response):
            if case .matched(let matched) = response.result, process.currentTerm == message.term,
                process.durableTerm(at: matched.index) != matched.term
            {
                return "\(id) acknowledges \(matched), which is not on its disk"
            }
        default: break
        }
        return nil
    }
}
