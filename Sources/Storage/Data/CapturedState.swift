internal import HotPath
internal import RaftCore

/// All key-value data after one applied entry, as tables and database held them when it was captured. Later entries do
/// not show, whatever happens to tables and database meanwhile: a version bears the index of its entry, and the
/// database's iterator sees what was there when it was made.
///
/// One thread. It keeps memory and files that would be free otherwise, so let go of it soon. Everything captured must
/// be gone before the database is closed.
final class CapturedState {
    let applied: AppliedRecord
    /// Newest first.
    private let tables: [MemTable]
    private let iterator: any EngineIterator

    /// Precondition: nothing is applied between the taking of the three, and `tables` are taken first, so that what
    /// leaves them meanwhile is in the database that `iterator` sees.
    init(applied: AppliedRecord, tables: [MemTable], iterator: any EngineIterator) {
        self.applied = applied
        self.tables = tables
        self.iterator = iterator
    }

    /// Calls `body` with each stored key and its record, in no particular order, until it returns false. The record of
    /// the applied entry is left out: that is `applied`. The bytes are valid only within `body`. Throws if the
    /// database cannot be read.
    func forEachRecord(_ body: (StoredKey, UnsafeRawBufferPointer) -> Bool) throws(StoreFailure) {
        let index = applied.last.index
        var wantsMore = true
        for place in tables.indices where wantsMore {
            tables[place].forEachRow(through: index) { row in
                guard let record = row.record, let key = StoredKey(row.key) else { return true }
                if !tables[..<place].hold(key, through: index) { wantsMore = body(key, record) }
                return wantsMore
            }
        }
        let operation = "read the key-value data"
        guard wantsMore else { return }
        iterator.seekToFirst()
        while iterator.isValid {
            guard let key = StoredKey(iterator.key) else {
                throw StoreFailure(operation: operation, message: "there is a key that no release of Skiff writes")
            }
            // Tables are newer than the database, and the loop above has seen what they hold.
            if !key.isOfAppliedRecord, !tables[...].hold(key, through: index) {
                guard body(key, iterator.value) else { return }
            }
            iterator.next()
        }
        try iterator.checkStatus(for: operation)
    }
}

extension StoredKey {
    fileprivate var isOfAppliedRecord: Bool {
        space.rawValue == KeyValueKey.applied[0] && rest.elementsEqual(KeyValueKey.applied.dropFirst())
    }
}

extension ArraySlice<MemTable> {
    /// Whether one of the tables has a version of the key, including a tombstone.
    fileprivate func hold(_ key: StoredKey, through index: LogIndex) -> Bool {
        if isEmpty { return false }
        let hash = MemTable.hash(key)
        return contains { table in
            if case .nothing = table.find(key, hash: hash, through: index) { false } else { true }
        }
    }
}
