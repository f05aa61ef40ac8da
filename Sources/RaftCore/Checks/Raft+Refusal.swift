// The conditions that a message meets before it is stepped. The owner of a core asks here once, at its gate; the rules
// rely on the answer and only assert it.
extension Raft {
    /// Why `message` cannot be one of a correct server; nil if it can. The answer does not depend on the state of this
    /// server, so that a message may wait between the question and the step.
    package func refusal(of message: Message) -> MessageRefusal? {
        if message.to != id { return .otherReceiver(message.to) }
        if message.from == id { return .ownMessage }
        if message.term >= .limit { return .termOutOfRange(message.term) }
        switch message.body {
        case .requestVoteRequest(let request):
            return request.lastLogID.refusal
        case .requestVoteResponse(let response):
            return response.requestTerm >= .limit ? .termOutOfRange(response.requestTerm) : nil
        case .appendEntriesRequest(let request):
            return request.refusal(in: message.term)
        case .appendEntriesResponse(let response):
            switch response.result {
            case .matched(let last): return last.refusal
            case .conflict(let rejected, let hint): return rejected.refusal ?? hint.refusal
            }
        case .installSnapshotRequest(let request):
            if let refusal = request.lastIncluded.refusal { return refusal }
            if request.lastIncluded.term == .zero, request.lastIncluded.index > .zero { return .entryWithoutTerm }
            let isLater = request.lastIncluded.term > message.term
            return isLater ? .snapshotOfLaterTerm(request.lastIncluded, in: message.term) : nil
        case .installSnapshotResponse(let response):
            return response.lastIncluded.refusal
        case .timeoutNow(let request):
            return request.lastLogID.refusal
        }
    }
}

extension LogID {
    fileprivate var refusal: MessageRefusal? {
        if index >= .limit { return .indexOutOfRange(index) }
        if term >= .limit { return .termOutOfRange(term) }
        return nil
    }
}

extension AppendEntriesRequest {
    /// The runs must add up to the range, follow `prevLogID` and not come from the future.
    fileprivate func refusal(in messageTerm: Term) -> MessageRefusal? {
        if let refusal = prevLogID.refusal ?? lostThrough?.refusal { return refusal }
        if let lostThrough, lostThrough.term > messageTerm {
            return .entryOfLaterTerm(lostThrough.term, in: messageTerm)
        }
        if range.upper > .limit { return .indexOutOfRange(range.upper) }
        if range.lower != prevLogID.index.next { return .rangeOutOfPlace(range, after: prevLogID) }
        var count: UInt64 = 0
        var previous = prevLogID.term
        for position in runs.indices {
            let term = runs[position].term
            if term == .zero { return .entryWithoutTerm }
            if term < previous { return .fallingTerm(term, after: previous) }
            if term > messageTerm { return .entryOfLaterTerm(term, in: messageTerm) }
            previous = term
            count += UInt64(runs[position].sizes.count)
        }
        return count == range.upper.rawValue - range.lower.rawValue ? nil : .entryCount(count, of: range)
    }
}
