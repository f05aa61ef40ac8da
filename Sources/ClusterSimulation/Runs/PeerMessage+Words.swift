internal import HotPath
internal import RaftCore

extension PeerMessage {
    /// The message in a few words, for a trace.
    var words: String {
        switch self {
        case .raft(let message, _): message.words
        case .forwardedWrites(let id, let count, _): "forwards \(count) writes (\(id % 10_000))"
        case .forwardedWritesAnswer(let id, let first, let outcomes):
            "answers \(outcomes.count) writes from \(first) (\(id % 10_000))"
        case .readIndexRequest(let id): "asks for a read index (\(id % 10_000))"
        case .readIndexAnswer(let id, let index): "read index \(index.map { "\($0)" } ?? "refused") (\(id % 10_000))"
        case .removed(let index): "says removed at \(index)"
        case .comparisonAnswer(let id, let digest):
            "digest of \(id.index): \(digest.map { "\($0.hash % 10_000)" } ?? "none")"
        case .controlRequest: "control request"
        case .controlAnswer: "control answer"
        }
    }
}

extension Message {
    fileprivate var words: String {
        switch body {
        case .requestVoteRequest(let request):
            "asks for a \(request.isPreVote ? "pre-vote" : "vote") in term \(term), log ends at \(request.lastLogID)"
        case .requestVoteResponse(let response):
            """
            \(response.voteGranted ? "grants" : "refuses") a \(response.isPreVote ? "pre-vote" : "vote") of term \
            \(response.requestTerm)
            """
        case .appendEntriesRequest(let request):
            "appends \(request.range) after \(request.prevLogID), commit \(request.leaderCommit), term \(term)"
        case .appendEntriesResponse(let response):
            switch response.result {
            case .matched(let id): "matches \(id), term \(term)"
            case .conflict(let rejected, let hint): "conflicts at \(rejected), try \(hint), term \(term)"
            }
        case .installSnapshotRequest(let request): "sends the snapshot of \(request.lastIncluded)"
        case .installSnapshotResponse(let response): "has the snapshot of \(response.lastIncluded)"
        case .timeoutNow(let request): "hands leadership over at \(request.lastLogID)"
        }
    }
}
