internal import HotPath

/// Where full tables go: the database (`TableIngestion`).
protocol TableDestination: Sendable {
    /// Returns when the table is durable and readers find it in the database. Flush thread.
    func write(_ table: MemTable) throws(StoreFailure)

    /// From now on nothing waits for compaction. Any thread.
    func hurry()
}
