import RocksDB

/// The bytes of a text, for keys and values.
func withBytes<Result>(
    _ text: String, _ body: (UnsafeRawBufferPointer) throws(RocksDBError) -> Result
) throws(RocksDBError) -> Result {
    try Array(text.utf8).span.bytes.withUnsafeBytes(body)
}

extension Database {
    static let small: Options = [
        "create_if_missing": true, "create_missing_column_families": true, "write_buffer_size": 65_536,
    ]

    /// A database with the families `default` and `other`.
    convenience init(at path: String, options: Options = small) throws(RocksDBError) {
        try self.init(
            path: path, options: options,
            columnFamilies: [ColumnFamilyDescriptor(name: "default"), ColumnFamilyDescriptor(name: "other")])
    }

    var other: ColumnFamily { columnFamilies[1] }

    func put(
        _ key: String, _ value: String, in family: ColumnFamily
    ) throws(RocksDBError) {
        var batch = WriteBatch()
        try batch.put(key, value, in: family)
        try write(batch)
    }

    /// The value of a key, as text.
    func text(
        _ key: String, in family: ColumnFamily, _ options: borrowing ReadOptions = ReadOptions()
    ) throws(RocksDBError) -> String? {
        try withBytes(key) { key throws(RocksDBError) in
            try withValue(forKey: key, in: family, options) { value in
                value.map { String(decoding: $0, as: UTF8.self) }
            }
        }
    }
}

extension WriteBatch {
    mutating func put(_ key: String, _ value: String, in family: ColumnFamily) throws(RocksDBError) {
        try withBytes(key) { key throws(RocksDBError) in
            try withBytes(value) { value throws(RocksDBError) in put(key, value, in: family) }
        }
    }

    mutating func delete(_ key: String, in family: ColumnFamily) throws(RocksDBError) {
        try withBytes(key) { key throws(RocksDBError) in delete(key, in: family) }
    }
}
