internal import DequeModule
internal import RaftCore

/// Entries on their way to followers that the ring no longer serves. While the disk is read for a follower, later
/// entries for it wait in the same queue, because the follower expects them in order. Requests without entries do not:
/// one passes the queue in each turn that adds to it (`takePass`).
///
/// Expiry: a queue ends with the link to its follower (`endLink`) and with leadership (`removeAll`), or when a read
/// does not find its range, which was truncated meanwhile (`complete`). There is no clock: the disk answers or the
/// process ends.
struct CatchUps {
    private struct Item {
        var message: Message
        var id: UInt64
        /// How many entries the read must bring.
        var countOnDisk: Int
        /// The rest of the range, from memory.
        var entriesInMemory: [Entry]
        /// The answer to the read; nil until then.
        var entriesRead: [Entry]?
    }

    private struct Queue {
        var follower: NodeID
        var items: Deque<Item>
    }

    private var queues: [Queue] = []
    /// The followers that were sent, in this turn, a request that passes their queue.
    private var passed: [NodeID] = []

    /// Those that wait for the disk, or for their turn after it.
    var followers: [NodeID] { queues.map(\.follower) }

    func isUnderWay(to follower: NodeID) -> Bool {
        queues.contains { $0.follower == follower }
    }

    /// Queues an AppendEntriesRequest: its first `countOnDisk` entries are read from disk under `id`, which the caller
    /// asks for unless there are none; the others are `entriesInMemory`.
    mutating func append(_ message: Message, id: UInt64, countOnDisk: Int, entriesInMemory: [Entry]) {
        let item = Item(
            message: message, id: id, countOnDisk: countOnDisk, entriesInMemory: entriesInMemory,
            entriesRead: countOnDisk == 0 ? [] : nil)
        if let place = queues.firstIndex(where: { $0.follower == message.to }) {
            queues[place].items.append(item)
        } else {
            queues.append(Queue(follower: message.to, items: [item]))
        }
    }

    /// Whether a request without entries is to pass the queue: true once per follower and turn.
    mutating func takePass(to follower: NodeID) -> Bool {
        guard !passed.contains(follower) else { return false }
        passed.append(follower)
        return true
    }

    mutating func turnEnded() {
        if !passed.isEmpty { passed.removeAll(keepingCapacity: true) }
    }

    /// A read is done: returns the requests that are complete now, in order. None if the follower's link or leadership
    /// was lost while the disk was read.
    mutating func complete(_ read: LogRead) -> [(message: Message, entries: [Entry])] {
        for place in queues.indices {
            guard let item = queues[place].items.firstIndex(where: { $0.id == read.id }) else { continue }
            guard read.entries.count == queues[place].items[item].countOnDisk else {
                // The range was truncated while it was read: this node leads no longer, or is about to learn it.
                queues.remove(at: place)
                return []
            }
            queues[place].items[item].entriesRead = read.entries
            var complete: [(message: Message, entries: [Entry])] = []
            while let first = queues[place].items.first, let entriesRead = first.entriesRead {
                complete.append((first.message, entriesRead + first.entriesInMemory))
                queues[place].items.removeFirst()
            }
            if queues[place].items.isEmpty { queues.remove(at: place) }
            return complete
        }
        return []
    }

    mutating func endLink(to peer: NodeID) {
        queues.removeAll { $0.follower == peer }
    }

    mutating func removeAll() { queues.removeAll() }
}
