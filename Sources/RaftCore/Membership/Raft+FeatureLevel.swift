// A server that is sent entries of a later release than its own.
//
// Once an entry is in the log it may be committed, and a server that cannot apply a committed entry is of no use any
// more: neither a restart nor another leader can take the entry back. So a server judges what it knows before it
// appends. It takes and acknowledges everything before the first entry that it does not know, and nothing from there
// on. It stays a follower that answers, and takes the rest once it runs the later release.
extension Raft {
    /// The highest feature level that this server knows.
    package var featureLevel: UInt8 { settings.featureLevel }

    /// What this server can take of a request. It rejects none that follows on what it did not take: its leader would
    /// only send it again, and again in vain.
    mutating func known(of request: AppendEntriesRequest) -> AppendEntriesRequest {
        if settings.has(.ignoresFeatureLevel) { return request }
        if let unknown = request.unknown {
            unknownEntry = unknown
            termOfUnknownEntry = currentTerm
            return request.cut(before: unknown.index)
        }
        guard let unknown = unknownEntry else { return request }
        if request.range.contains(unknown.index) {
            // Another leader has another entry there.
            unknownEntry = nil
            return request
        }
        return request.prevLogID.index >= unknown.index ? request.withoutPosition : request
    }

    /// A later leader may never have had the entry.
    mutating func forgetUnknownEntryOfEarlierLeader() {
        if unknownEntry != nil, currentTerm > termOfUnknownEntry { unknownEntry = nil }
    }
}

extension AppendEntriesRequest {
    /// The request with the entries before `index` alone. Precondition: `index` lies in the range.
    func cut(before index: LogIndex) -> AppendEntriesRequest {
        precondition(range.contains(index), "a request for \(range) is cut before \(index)")
        var request = self
        request.range = LogRange(range.lower, index)
        request.unknown = nil
        var left = request.range.count
        request.runs = []
        for run in runs where left > 0 {
            let count = min(left, run.sizes.count)
            request.runs.append(EntryRun(term: run.term, sizes: Array(run.sizes[..<count])))
            left -= count
        }
        request.configurations = configurations.filter { $0.index < index }
        return request
    }

    /// All that the request says but its entries and where they stand: the place before the first entry matches in any
    /// log.
    var withoutPosition: AppendEntriesRequest {
        var request = self
        request.prevLogID = .zero
        request.range = LogRange(LogIndex.zero.next, LogIndex.zero.next)
        request.runs = []
        request.configurations = []
        request.unknown = nil
        return request
    }
}
