internal import RaftCore

extension EntryStore {
    /// The terms of the log as runs, such as `(10@1) 11-14@2 15@3`, the compaction point in parentheses.
    var summary: String {
        var parts: [String] = []
        if compacted != .zero { parts.append("(\(compacted))") }
        var index = compacted.index.next
        for run in entries.runs {
            let last = LogIndex(index.rawValue + UInt64(run.sizes.count) - 1)
            parts.append(last == index ? "\(index)@\(run.term)" : "\(index)-\(last)@\(run.term)")
            index = last.next
        }
        return parts.isEmpty ? "empty" : parts.joined(separator: " ")
    }
}

extension Envelope: CustomStringConvertible {
    var description: String {
        "\(message.from)->\(message.to) term \(message.term): " + content
    }

    private var content: String {
        switch message.body {
        case .requestVoteRequest(let request):
            let kind =
                request.isPreVote ? "PreVote" : request.isLeadershipTransfer ? "transfer RequestVote" : "RequestVote"
            return "\(kind) last \(request.lastLogID)"
        case .requestVoteResponse(let response):
            let kind = response.isPreVote ? "pre-vote" : "vote"
            return "\(kind) \(response.voteGranted ? "granted" : "denied") for term \(response.requestTerm)"
        case .appendEntriesRequest(let request):
            let round = request.readRound > 0 ? " round \(request.readRound)" : ""
            let range = request.range.isEmpty ? "empty" : "\(request.range)"
            let lost = request.lostThrough.map { " lost through \($0)" } ?? ""
            return "append \(range) after \(request.prevLogID) commit \(request.leaderCommit)\(round)\(lost)"
        case .appendEntriesResponse(let response):
            let round = response.readRound > 0 ? " round \(response.readRound)" : ""
            switch response.result {
            case .matched(let id): return "matched \(id)\(round)"
            case .conflict(let rejected, let hint): return "conflict at \(rejected) hint \(hint)\(round)"
            }
        case .installSnapshotRequest(let request):
            return "snapshot \(request.lastIncluded)"
        case .installSnapshotResponse(let response):
            return "snapshot \(response.lastIncluded) \(response.installed ? "installed" : "failed")"
        case .timeoutNow(let request):
            return "TimeoutNow \(request.lastLogID)"
        }
    }
}

extension String {
    /// The printed form of an outcome without module names.
    var spelledOut: String {
        var text = self
        for prefix in ["RaftCore.", "ConfigurationOutcome.", "Refusal."] {
            text = text.split(separator: prefix, omittingEmptySubsequences: false).joined()
        }
        return text
    }
}
