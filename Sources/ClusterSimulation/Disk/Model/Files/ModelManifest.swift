internal import Storage

/// The list of files of a model database: which families there are, and which files belong to them. Each change appends
/// the whole list to a file as one record, and the last good record counts.
struct ModelManifest {
    struct Table {
        var number: Int
        /// Of the file that is meant; another one under its name is refused.
        var checksum: UInt64
        /// Whether it is at the lowest level.
        var isLowest: Bool
    }

    struct Family {
        var number: Int
        var name: StoreFamily
        /// Everything in older write-ahead logs is in tables.
        var logNumber = 0
        /// Newest first.
        var tables: [Table] = []
    }

    /// Above the numbers of all files.
    var nextNumber: Int
    /// Above the numbers of all families that there ever were.
    var nextFamily: Int
    var families: [Family] = []

    /// A whole record for the file.
    var record: [UInt8] {
        var record = ModelBytes(bytes: [UInt8](repeating: 0, count: ModelRecords.headerBytes))
        record.append(nextNumber)
        record.append(nextFamily)
        record.append(families.count)
        for family in families {
            record.append(family.number)
            Array(family.name.name.utf8).withUnsafeBytes { record.append($0) }
            record.append(family.logNumber)
            record.append(family.tables.count)
            for table in family.tables {
                record.append(table.number)
                record.append(table.checksum)
                record.append(table.isLowest ? 1 : 0)
            }
        }
        ModelRecords.seal(&record.bytes)
        return record.bytes
    }

    init(nextNumber: Int, nextFamily: Int) {
        self.nextNumber = nextNumber
        self.nextFamily = nextFamily
    }

    init?(decoding payload: UnsafeRawBufferPointer) {
        var reader = ModelBytesReader(payload)
        guard let nextNumber = reader.number(), let nextFamily = reader.number(), let count = reader.number() else {
            return nil
        }
        self.init(nextNumber: nextNumber, nextFamily: nextFamily)
        for _ in 0..<count {
            guard let number = reader.number(), let text = reader.string(),
                let name = StoreFamily(name: String(decoding: text, as: UTF8.self)),
                let logNumber = reader.number(), let tableCount = reader.number()
            else { return nil }
            var family = Family(number: number, name: name, logNumber: logNumber)
            for _ in 0..<tableCount {
                guard let number = reader.number(), let checksum = reader.number64(), let isLowest = reader.number()
                else { return nil }
                family.tables.append(Table(number: number, checksum: checksum, isLowest: isLowest == 1))
            }
            families.append(family)
        }
        guard reader.isAtEnd else { return nil }
    }
}
