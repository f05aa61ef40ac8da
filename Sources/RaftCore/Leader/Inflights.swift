/// The window of AppendEntriesRequests that are sent to one follower and not acknowledged, limited in number and bytes.
///
/// A ring that grows up to the limit on first use: most followers never have more than a few requests in flight.
struct Inflights: Sendable {
    private struct Request: Sendable {
        var last: LogIndex
        var bytes: Int
    }

    private let messagesMax: Int
    private let bytesMax: Int
    private var ring: [Request] = []
    private var start = 0
    private(set) var count = 0
    private(set) var bytes = 0

    init(messagesMax: Int, bytesMax: Int) {
        self.messagesMax = max(messagesMax, 1)
        self.bytesMax = max(bytesMax, 1)
    }

    /// Nothing more may be sent. The last request sent may have exceeded the limit in bytes.
    var isFull: Bool { count >= messagesMax || bytes >= bytesMax }

    /// Notes a request whose last entry is `last`. Preconditions: not full, and `last` above all noted before.
    mutating func add(last: LogIndex, bytes: Int) {
        precondition(!isFull, "a request for \(last) exceeds a full window of \(count) messages")
        let request = Request(last: last, bytes: bytes)
        if count == ring.count { grow() }
        ring[(start + count) % ring.count] = request
        count += 1
        self.bytes += bytes
    }

    /// Forgets all requests whose entries end at or below `index`.
    mutating func free(through index: LogIndex) {
        while count > 0, ring[start].last <= index {
            bytes -= ring[start].bytes
            start = (start + 1) % ring.count
            count -= 1
        }
    }

    mutating func removeAll() {
        start = 0
        count = 0
        bytes = 0
    }

    private mutating func grow() {
        var larger: [Request] = []
        let capacity = min(max(ring.count * 2, 8), messagesMax)
        larger.reserveCapacity(capacity)
        for position in 0..<count { larger.append(ring[(start + position) % ring.count]) }
        while larger.count < capacity { larger.append(Request(last: .zero, bytes: 0)) }
        ring = larger
        start = 0
    }

    /// Whether the counters agree with the ring, O(count).
    var isConsistent: Bool {
        var sum = 0
        var previous = LogIndex.zero
        for position in 0..<count {
            let request = ring[(start + position) % ring.count]
            guard request.last > previous else { return false }
            previous = request.last
            sum += request.bytes
        }
        return sum == bytes && count <= messagesMax
    }
}
