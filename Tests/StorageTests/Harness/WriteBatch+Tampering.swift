import HotPath
import RaftCore
import RocksDB

@testable import Storage

/// Changes the database of a closed node without its store.
func tamper(
    _ directory: TestDirectory, _ change: (inout WriteBatch, StoreDatabase) throws -> Void
) throws {
    let store = try StoreDatabase(path: "\(directory.node)/db", options: .small, creating: false)
    var batch = WriteBatch()
    try change(&batch, store)
    try store.database.write(batch)
    for family in [store.log, store.meta, store.keyValue] { try store.database.flush(family) }
    store.database.close()
}

extension WriteBatch {
    mutating func put(_ entry: [UInt8], at index: UInt64, in log: ColumnFamily) {
        entry.withRawBytes { value in LogKey.with(LogIndex(index)) { key in put(key, value, in: log) } }
    }

    mutating func deleteEntry(at index: UInt64, in log: ColumnFamily) {
        LogKey.with(LogIndex(index)) { key in delete(key, in: log) }
    }
}
