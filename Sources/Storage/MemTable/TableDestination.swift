internal import HotPath

/// Where full tables go: the database (`TableIngestion`). Each table is prepared and then enters, one after the other.
protocol TableDestination: Sendable {
    /// Does what can be done before the table enters. Flush thread.
    func prepare(_ table: MemTable) throws(StoreFailure)

    /// Whether a table may enter a family now. Flush thread.
    func mayEnter(_ family: any EngineFamily) throws(StoreFailure) -> Bool

    /// Returns when the table is durable and readers find it in the family. Flush thread.
    func enter(_ table: MemTable, into family: any EngineFamily) throws(StoreFailure)

    /// Whether other tables or threads wait for the one that is prepared: then it is prepared as fast as the disk takes
    /// it, and at an even pace otherwise. Any thread.
    func setHurry(_ isHurrying: Bool)

    /// From now on everything is as fast as the disk, and nothing waits for compaction. Any thread.
    func close()
}
