internal import Glibc
internal import HotPath
internal import RaftCore

/// The key-value data after one applied entry, all of them or those of a range, as tables and database held them when
/// it was captured. Later entries do not show, whatever happens to tables and database meanwhile: a version bears the
/// index of its entry, and the database's iterator sees what was there when it was made.
///
/// It keeps memory and files that would be free otherwise, so let go of it soon. Everything captured must be gone
/// before the database is closed.
///
/// `@unchecked Sendable`: one thread at a time. Whoever captured it may hand it to another thread, for good.
final class CapturedState: @unchecked Sendable {
    let applied: AppliedRecord
    let range: KeyRange
    /// Newest first.
    private let tables: [MemTable]
    private let iterator: any EngineIterator

    /// Preconditions: nothing is applied between the taking of the three, and `tables` are taken first, so that rows
    /// that leave them meanwhile are in the database that `iterator` sees; `iterator` sees the keys of the range.
    init(_ range: KeyRange, applied: AppliedRecord, tables: [MemTable], iterator: any EngineIterator) {
        self.range = range
        self.applied = applied
        self.tables = tables
        self.iterator = iterator
    }

    /// Calls `body` with each stored key of the range and its record, in no particular order, until it returns false.
    /// The record of the applied entry is left out: that is `applied`. The bytes are valid only within `body`. Throws
    /// if the database cannot be read.
    func forEachRecord(_ body: (StoredKey, UnsafeRawBufferPointer) -> Bool) throws(StoreFailure) {
        let index = applied.last.index
        var wantsMore = true
        for place in tables.indices where wantsMore {
            tables[place].forEachRow(through: index) { row in
                guard let record = row.record, range.contains(row.key), let key = StoredKey(row.key) else {
                    return true
                }
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

extension KeyRange {
    /// Whether a key as it lies in a table or in the family is one of the range.
    func contains(_ stored: UnsafeRawBufferPointer) -> Bool {
        !stored.isBefore(start) && (end.isEmpty || stored.isBefore(end))
    }
}

extension UnsafeRawBufferPointer {
    /// The order of RocksDB's keys.
    fileprivate func isBefore(_ bound: [UInt8]) -> Bool {
        bound.withUnsafeBytes { bound in
            let common = Swift.min(count, bound.count)
            guard common > 0 else { return count < bound.count }
            // Neither is empty, so both have an address.
            let order = memcmp(baseAddress!, bound.baseAddress!, common)
            return order != 0 ? order < 0 : count < bound.count
        }
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
