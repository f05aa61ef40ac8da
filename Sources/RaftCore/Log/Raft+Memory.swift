// Which entries this server has in memory, and what a leader does about the others.
//
// A follower that lags needs entries that are on disk only. A leader has one read under way for each of those, of one
// request's worth; it sends what the read brought and asks for the next one, within the follower's window. Requests
// without entries wait for no read: a heartbeat that waits for a disk costs a leader its followers.
extension Raft {
    /// Where requests are cut from: the entries from here on are in memory.
    package var firstIndexInMemory: LogIndex { memoryStart }

    /// How many sizes of entries are in memory.
    package var sizesInMemory: Int { log.sizesInMemory }

    /// The entries before `index` have left the memory.
    mutating func evicted(before index: LogIndex) {
        precondition(
            index <= applyThrough.next, "entries before \(index) are evicted, but only \(applyThrough) may be applied")
        memoryStart = max(memoryStart, index)
    }

    /// A read of the log has brought the first `count` entries of what was asked for. They leave when the turn ends.
    mutating func entriesRead(_ request: LogReadRequest, count: Int, bytes: Int) {
        precondition(count <= request.range.count, "\(count) entries were read of \(request.range)")
        guard role == .leader, request.term == currentTerm else { return }
        leadership?.didRead(request.range, count: count, bytes: bytes, for: request.follower)
    }

    /// Sizes are needed of what requests are cut from, and of what is not committed, whose size is limited.
    mutating func forgetSizes() { log.forgetSizes(before: min(memoryStart, commitIndex.next)) }
}
