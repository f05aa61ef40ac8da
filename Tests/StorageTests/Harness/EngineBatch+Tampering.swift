import HotPath
import RaftCore

@testable import Storage

/// Changes the database of a closed node without its store.
func tamper(_ directory: TestDirectory, _ change: (any EngineBatch, StoreDatabase) throws -> Void) throws {
    let store = try StoreDatabase(path: "\(directory.node)/db", options: .small, creating: false)
    let batch = store.engine.makeBatch()
    try change(batch, store)
    try batch.write()
    for family in StoreFamily.ofNewDatabase { try store.engine.flush(family) }
    store.engine.close()
}

extension EngineBatch {
    func put(_ entry: [UInt8], at index: UInt64) {
        entry.withRawBytes { value in LogKey.with(LogIndex(index)) { key in put(key, value, in: .log) } }
    }

    func deleteEntry(at index: UInt64) {
        LogKey.with(LogIndex(index)) { key in delete(key, in: .log) }
    }
}
