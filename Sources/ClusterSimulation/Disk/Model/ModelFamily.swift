/// A column family of a model database.
struct ModelFamily {
    /// A read would have to look into a table file that is damaged.
    struct DamagedTable: Error {
        let number: Int
    }

    var memtable = ModelMemtable()
    /// Newest first.
    var tables: [ModelTable] = []
    /// Whether the oldest table is the outcome of a compaction.
    var hasCompacted = false
    /// Everything in older write-ahead logs is in tables.
    var logNumber = 0

    var filesAtLevel0: Int { tables.count - (hasCompacted ? 1 : 0) }

    /// The newest row of a key in tables; nil if there is none, or if it is hidden. Throws the number of a damaged
    /// table that would have to be read.
    func rowInTables(_ key: UnsafeRawBufferPointer) throws(DamagedTable) -> ModelRow? {
        for table in tables {
            if table.isDamaged { throw DamagedTable(number: table.number) }
            if let row = table.rows.row(of: key) { return row }
            if table.ranges.contains(where: { $0.contains(key) }) { return nil }
        }
        return nil
    }

    /// All tables as one, without what hides and is hidden.
    var merged: [ModelRow] {
        var merged: [ModelRow] = []
        let iterator = ModelIterator(over: tables.map { ($0.rows, $0.ranges) }, upTo: nil)
        iterator.seekToFirst()
        while iterator.isValid {
            merged.append(ModelRow(key: Array(iterator.key), value: Array(iterator.value)))
            iterator.next()
        }
        return merged
    }
}
