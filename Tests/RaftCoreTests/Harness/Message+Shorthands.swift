internal import RaftCore

extension LogID {
    static func at(_ index: UInt64, _ term: UInt64) -> LogID { LogID(index: LogIndex(index), term: Term(term)) }
}

extension EntryRun {
    /// Entries of 10 bytes each.
    static func runs(ofTerms terms: [UInt64]) -> [EntryRun] {
        var runs: [EntryRun] = []
        for term in terms {
            if let last = runs.indices.last, runs[last].term == Term(term) {
                runs[last].sizes.append(10)
            } else {
                runs.append(EntryRun(term: Term(term), sizes: [10]))
            }
        }
        return runs
    }
}

extension Raft.Recovered {
    /// Adds entries of 10 bytes of the given terms.
    mutating func append(terms: [UInt64]) {
        for term in terms { append(LogID(index: last.index.next, term: Term(term)), size: 10) }
    }
}

extension Message.Body {
    static func append(
        _ terms: [UInt64] = [], after prev: (index: UInt64, term: UInt64) = (0, 0), commit: UInt64 = 0,
        round: UInt64 = 0, sequence: UInt64 = 1, configurations: [ConfigurationEntry] = [], lost: LogID? = nil
    ) -> Message.Body {
        .appendEntriesRequest(
            AppendEntriesRequest(
                prevLogID: .at(prev.index, prev.term),
                range: LogRange(LogIndex(prev.index + 1), LogIndex(prev.index + 1 + UInt64(terms.count))),
                runs: EntryRun.runs(ofTerms: terms), configurations: configurations, leaderCommit: LogIndex(commit),
                readRound: round, sequence: sequence, lostThrough: lost))
    }

    static func requestVote(
        last: LogID, preVote: Bool = false, transfer: Bool = false
    ) -> Message.Body {
        .requestVoteRequest(
            RequestVoteRequest(isPreVote: preVote, isLeadershipTransfer: transfer, lastLogID: last))
    }

    static func vote(preVote: Bool = false, term: UInt64, granted: Bool) -> Message.Body {
        .requestVoteResponse(
            RequestVoteResponse(isPreVote: preVote, requestTerm: Term(term), voteGranted: granted))
    }
}

/// Shorthands for what tests look at in effects.
extension Effects {
    var requests: [AppendEntriesRequest] {
        messages.compactMap { if case .appendEntriesRequest(let request) = $0.body { request } else { nil } }
    }

    func requests(to receiver: NodeID) -> [AppendEntriesRequest] {
        messages.compactMap { message in
            if message.to == receiver, case .appendEntriesRequest(let request) = message.body { request } else { nil }
        }
    }

    /// Answers of a follower, sent at once.
    var answers: [AppendEntriesResponse.Result] { Self.results(messages) }

    /// Answers of a follower that wait for a flush.
    var lateAnswers: [AppendEntriesResponse.Result] { Self.results(messagesAfterFlush) }

    private static func results(_ messages: [Message]) -> [AppendEntriesResponse.Result] {
        messages.compactMap { if case .appendEntriesResponse(let response) = $0.body { response.result } else { nil } }
    }

    /// Votes given or denied, whether at once or after the flush.
    var votes: [RequestVoteResponse] {
        (messages + messagesAfterFlush).compactMap {
            if case .requestVoteResponse(let response) = $0.body { response } else { nil }
        }
    }

    var voteRequests: [RequestVoteRequest] {
        (messages + messagesAfterFlush).compactMap {
            if case .requestVoteRequest(let request) = $0.body { request } else { nil }
        }
    }
}
