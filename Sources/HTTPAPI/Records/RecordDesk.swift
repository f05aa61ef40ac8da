/// The records that the connections of one loop have asked of the disk, and how many of them are not answered with yet.
struct RecordDesk {
    private var wanted: [RecordRead] = []
    /// On their way, or held by a connection that cannot answer with them yet.
    private var count = 0

    /// Few enough are under way that a connection may ask for more than it needs next.
    var mayReadAhead: Bool { count < HTTPLimits.recordReadsAheadOfAllMax }

    /// False, with nothing taken, if too many are under way.
    mutating func want(_ read: RecordRead) -> Bool {
        guard count < HTTPLimits.recordReadsMax else { return false }
        count += 1
        wanted.append(read)
        return true
    }

    /// The records that were asked for since the last call.
    mutating func takeWanted() -> [RecordRead] {
        guard !wanted.isEmpty else { return [] }
        let taken = wanted
        wanted.removeAll(keepingCapacity: true)
        return taken
    }

    /// Connections are done with `released` records.
    mutating func release(_ released: Int) {
        count -= released
        precondition(count >= 0, "more records were released than were wanted")
    }
}
