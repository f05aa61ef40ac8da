/// The requests in flight of one connection, in the order of their answers. Of fixed capacity.
struct InFlightQueue {
    private var entries: [InFlight?]
    private var head = 0
    private(set) var count = 0
    /// The keys of the batches of a verified run, at the places of their entries.
    private var batchKeys: [[UInt64]]

    init(capacity: Int) {
        entries = Array(repeating: nil, count: capacity)
        batchKeys = []
    }

    var capacity: Int { entries.count }

    var first: InFlight? { count == 0 ? nil : entries[head] }

    /// Returns the place of the entry, for `setBatchKeys`.
    @discardableResult
    mutating func append(_ entry: InFlight) -> Int {
        precondition(count < entries.count, "a connection has more than \(entries.count) requests in flight")
        var place = head + count
        if place >= entries.count { place -= entries.count }
        entries[place] = entry
        count += 1
        return place
    }

    /// Returns the entry with the keys that were set for it, if any.
    mutating func popFirst() -> (entry: InFlight, batchKeys: [UInt64])? {
        guard count > 0, let entry = entries[head] else { return nil }
        var keys: [UInt64] = []
        if !batchKeys.isEmpty { swap(&keys, &batchKeys[head]) }
        head = head + 1 == entries.count ? 0 : head + 1
        count -= 1
        return (entry, keys)
    }

    mutating func setBatchKeys(_ keys: [UInt64], at place: Int) {
        if batchKeys.isEmpty { batchKeys = Array(repeating: [], count: entries.count) }
        batchKeys[place] = keys
    }
}
