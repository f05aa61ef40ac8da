internal import RaftCore

/// Reads of the log for followers that need entries which the ring does not hold any more, and what they brought: the
/// core asks, the disk answers, and in the same turn the core sends what came, or does not want it any more.
///
/// The core has one read for a follower under way at a time, of one message's worth, so this is what is in memory for
/// each of them at most, next to what is on its way to it.
///
/// Expiry: a read ends when the disk has answered (`end`), which it does or the process ends. Its entries are at hand
/// through the turn in which they came (`turnEnded`). All are forgotten with the log that they were meant for
/// (`removeAll`).
struct LogReads {
    private var underWay: [(id: UInt64, request: LogReadRequest)] = []
    private var atHand: [(follower: NodeID, entries: [Entry])] = []

    /// A read has begun under `id`.
    mutating func begin(_ request: LogReadRequest, id: UInt64) { underWay.append((id, request)) }

    /// A read is done. Returns what it was asked for; nil if that was forgotten. `term` is the current one: what an
    /// earlier leadership asked for may have been truncated since, and another read of the same range brings what came
    /// after it.
    mutating func end(_ read: LogRead, in term: Term) -> LogReadRequest? {
        guard let place = underWay.firstIndex(where: { $0.id == read.id }) else { return nil }
        let request = underWay.remove(at: place).request
        if !read.entries.isEmpty, request.term == term { atHand.append((request.follower, read.entries)) }
        return request
    }

    /// The entries of `range`, for a follower. Precondition: this turn's read for it brought exactly those.
    func entries(of range: LogRange, for follower: NodeID) -> [Entry] {
        for (reader, entries) in atHand
        where reader == follower && entries[0].id.index == range.lower && entries.count == range.count {
            return entries
        }
        preconditionFailure("entries \(range) for \(follower) are neither in memory nor at hand")
    }

    mutating func turnEnded() {
        if !atHand.isEmpty { atHand.removeAll() }
    }

    mutating func removeAll() {
        underWay.removeAll()
        atHand.removeAll()
    }
}
