/// What a reader of the key-value data searches, one after the other. Holding it keeps the memory of the tables and the
/// files of the family.
struct DataLayers {
    /// Newest first; never empty.
    var tables: [MemTable]
    /// What no table has. A table that leaves the list is in it.
    var family: any EngineFamily
}
