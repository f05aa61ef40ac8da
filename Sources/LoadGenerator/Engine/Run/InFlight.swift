/// A request that was sent and has no answer yet. It holds no references, so queueing it costs no more than a copy.
struct InFlight {
    /// The purpose of a request.
    enum Purpose: UInt8 {
        /// Part of the load; counted if it began within the measurement.
        case load, warmUp
        case fill
        case readBack
    }

    /// The progress of an operation of two requests. Other operations consist of one.
    enum Step: UInt8 { case only, reading, writing }

    var kind: OperationKind
    var purpose: Purpose
    var step: Step
    /// The key; for a batch of the filling phase its first key.
    var key: UInt64
    /// Operations in the request.
    var itemCount: UInt32
    /// The intended start of the operation. When reading back, the time to give up; 0 as long as nothing failed.
    var intended: UInt64
    /// When the operation began, and when this request was sent.
    var began: UInt64
    var sent: UInt64
    /// For a conditional put.
    var revision: UInt64
    /// In a verified run, the number of this write of its key; known from the first step on.
    var writeSequence: UInt32 = 0

    var wireRequest: WireRequest {
        switch (kind, step) {
        case (.batch, _): .batch(items: Int(itemCount))
        case (.get, _), (_, .reading): .get
        case (.compareAndSet, _): .conditionalPut
        case (.delete, _): .delete
        case (.put, _), (.insert, _), (.readModifyWrite, _): .put
        }
    }

    /// Whether this request itself changes its key.
    var writes: Bool { wireRequest != .get }
}

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
