internal import Storage

/// A column family of a model database.
struct ModelFamily {
    /// A read would have to look into a table file that is damaged.
    struct DamagedTable: Error {
        let number: Int
    }

    /// Tells it from all other families of the database, also from one that had its name before.
    let number: Int
    let name: StoreFamily
    var memtable = ModelMemtable()
    /// Newest first.
    var tables: [ModelTable] = []
    /// How many of the oldest tables are at the lowest level, where they do not overlap.
    var lowestCount = 0
    /// Everything in older write-ahead logs is in tables.
    var logNumber = 0

    init(_ number: Int, _ name: StoreFamily) {
        self.number = number
        self.name = name
    }

    var filesAtLevel0: Int { tables.count - lowestCount }

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
