internal import Storage

/// The list of files of a model database: which belong to it. Each change appends the whole list to a file as one
/// record, and the last good record counts.
struct ModelManifest {
    struct Table {
        var number: Int
        /// Of the file that is meant; another one under its name is refused.
        var checksum: UInt64
        /// Whether it is the outcome of a compaction.
        var isCompacted: Bool
    }

    struct Family {
        /// Everything in older write-ahead logs is in tables.
        var logNumber = 0
        /// Newest first.
        var tables: [Table] = []
    }

    /// Above the numbers of all files.
    var nextNumber = 1
    /// In the order of `StoreFamily`.
    var families = StoreFamily.allCases.map { _ in Family() }

    /// A whole record for the file.
    var record: [UInt8] {
        var record = ModelBytes(bytes: [UInt8](repeating: 0, count: ModelRecords.headerBytes))
        record.append(nextNumber)
        for family in families {
            record.append(family.logNumber)
            record.append(family.tables.count)
            for table in family.tables {
                record.append(table.number)
                record.append(table.checksum)
                record.append(table.isCompacted ? 1 : 0)
            }
        }
        ModelRecords.seal(&record.bytes)
        return record.bytes
    }

    init() {}

    init?(decoding payload: UnsafeRawBufferPointer) {
        var reader = ModelBytesReader(payload)
        guard let nextNumber = reader.number() else { return nil }
        self.nextNumber = nextNumber
        for index in families.indices {
            guard let logNumber = reader.number(), let count = reader.number() else { return nil }
            families[index].logNumber = logNumber
            for _ in 0..<count {
                guard let number = reader.number(), let checksum = reader.number64(), let compacted = reader.number()
                else { return nil }
                families[index].tables.append(
                    Table(number: number, checksum: checksum, isCompacted: compacted == 1))
            }
        }
        guard reader.isAtEnd else { return nil }
    }
}
