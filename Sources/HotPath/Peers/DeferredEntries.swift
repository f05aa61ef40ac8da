internal import DequeModule
internal import RaftCore

/// AppendEntriesRequests that this follower takes later, because its state machine is too far behind. They are not
/// acknowledged, so the leader's window fills and it sends no more of them; a follower that dropped them would be asked
/// where the logs part, and be sent the whole window again, each time that there is room.
///
/// Expiry: a request leaves when the state machine has caught up (`popFirst`), with the link that it arrived on
/// (`endLink`), and when a later leader sends entries (`append`). The window of a correct leader is smaller than
/// `ReplicaLimits.deferredBytesMax`; what exceeds that is dropped, as if it were lost on the way.
struct DeferredEntries {
    private var requests: Deque<(message: Message, entries: [Entry], bytes: Int)> = []
    private(set) var bytes = 0

    var isEmpty: Bool { requests.isEmpty }

    mutating func append(_ message: Message, entries: [Entry]) {
        if let last = requests.last, last.message.term < message.term { removeAll() }
        let size = entries.reduce(0) { $0 + $1.encodedBytes }
        guard bytes + size <= ReplicaLimits.deferredBytesMax else { return }
        requests.append((message, entries, size))
        bytes += size
    }

    mutating func popFirst() -> (message: Message, entries: [Entry])? {
        guard let first = requests.popFirst() else { return nil }
        bytes -= first.bytes
        return (first.message, first.entries)
    }

    mutating func endLink(to peer: NodeID) {
        if let first = requests.first, first.message.from == peer { removeAll() }
    }

    mutating func removeAll() {
        requests.removeAll()
        bytes = 0
    }
}
