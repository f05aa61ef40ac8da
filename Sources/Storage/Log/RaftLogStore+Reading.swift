package import HotPath
internal import KeyValue
internal import NIOCore
package import RaftCore

extension RaftLogStore {
    /// Makes table files of what the log and the hard state have in memory, so that the files of the write-ahead log go
    /// that are older. The entries that are gone by then reach no table file. The hard state comes second: its family
    /// is so small that it would keep all files from its first record on. Any thread that may block; nobody waits for
    /// it meanwhile.
    package func releaseFiles() throws(StoreFailure) {
        do throws(EngineError) {
            try store.engine.flush(.log)
            try store.engine.flush(.metadata)
        } catch {
            throw StoreFailure("release files of the log", error)
        }
    }

    /// Removes the table files that have nothing but entries through `index`. RocksDB would keep them until they are
    /// compacted, which those below level 0 are only once they are hundreds of megabytes. Precondition: the log has
    /// durably been cut off through `index`. Any thread that may block.
    package func removeFiles(through index: LogIndex) throws(StoreFailure) {
        // The node may have got another history since.
        guard index <= goneIndex else { return }
        do throws(EngineError) {
            let family = try store.engine.require(.log)
            try LogKey.with(index) { key throws(EngineError) in try family.removeFiles(through: key) }
        } catch {
            throw StoreFailure("remove files of the log", error)
        }
    }

    package func entries(in range: LogRange, bytesMax: Int) throws(StoreFailure) -> [Entry] {
        if range.isEmpty || range.lower <= goneIndex { return [] }
        var slab = ByteBuffer()
        var count = 0
        // Not only as far as the range: a truncation takes all that follow, so an entry after one that is not there
        // tells a gap from a truncation.
        try forEachRecord(in: LogRange(range.lower, LogKey.end)) { (index, record) throws(StoreFailure) in
            guard index.rawValue == range.lower.rawValue + UInt64(count) else {
                // It may have been cut off since this call began.
                if range.lower <= goneIndex { return false }
                throw StoreFailure(
                    operation: "read the log",
                    message: "entry \(range.lower.rawValue + UInt64(count)) of \(range) is missing")
            }
            if count > 0 && slab.readableBytes + record.count > bytesMax { return false }
            slab.writeBytes(record)
            count += 1
            return count < range.count
        }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for offset in 0..<UInt64(count) {
            entries.append(try Self.entry(decoding: &slab, at: LogIndex(range.lower.rawValue + offset)))
        }
        return entries
    }

    /// Decodes the next entry of `buffer`, which must have this index.
    static func entry(decoding buffer: inout ByteBuffer, at index: LogIndex) throws(StoreFailure) -> Entry {
        do throws(CodecError) {
            let entry = try Entry(decoding: &buffer)
            guard entry.id.index == index else {
                throw CodecError("the record of entry \(index) holds entry \(entry.id.index)")
            }
            return entry
        } catch {
            throw StoreFailure(operation: "read entry \(index)", message: error.description)
        }
    }

    /// Whether any entry after `index` holds commands. Reads the log up to the first one that does.
    func holdsCommands(after index: LogIndex) throws(StoreFailure) -> Bool {
        var found = false
        try forEachRecord(in: LogRange(index.next, LogKey.end)) { (index, record) throws(StoreFailure) in
            var buffer = ByteBuffer(bytes: record)
            found = try Self.entry(decoding: &buffer, at: index).kind == .commands
            return !found
        }
        return found
    }

    /// Term and vote as of the last append, or nil if they were never stored.
    func hardState() throws(StoreFailure) -> HardState? {
        try metaRecord(.hardState) { (record) throws(CodecError) in try HardStateRecord.decode(record) }
    }

    /// The node and cluster whose history this is, or nil if the node has no history yet.
    func identity() throws(StoreFailure) -> IdentityRecord? {
        try metaRecord(.identity) { (record) throws(CodecError) in try IdentityRecord(decoding: record) }
    }

    /// Where the log begins; nil if it has its first entry.
    static func compactionPoint(in store: StoreDatabase) throws(StoreFailure) -> CompactionPoint? {
        try metaRecord(.compaction, in: store) { (record) throws(CodecError) in try CompactionRecord.decode(record) }
    }

    private func metaRecord<Record>(
        _ key: MetaKey, _ decode: (UnsafeRawBufferPointer) throws(CodecError) -> Record
    ) throws(StoreFailure) -> Record? {
        try Self.metaRecord(key, in: store, decode)
    }

    private static func metaRecord<Record>(
        _ key: MetaKey, in store: StoreDatabase, _ decode: (UnsafeRawBufferPointer) throws(CodecError) -> Record
    ) throws(StoreFailure) -> Record? {
        try store.record(forKey: Array(key.rawValue.utf8), named: key.rawValue, in: .metadata, decode)
    }

    /// The indexes that are listed as those of configurations, in order.
    func configurationIndexes() throws(StoreFailure) -> [LogIndex] {
        let operation = "read the list of configurations"
        let iterator = try ConfigurationKey.end.withRawBytes { (end) throws(StoreFailure) in
            try store.makeIterator(over: .log, upTo: end, for: operation)
        }
        var indexes: [LogIndex] = []
        ConfigurationKey.start.withRawBytes { iterator.seek(to: $0) }
        while iterator.isValid {
            guard let index = ConfigurationKey.index(of: iterator.key) else {
                throw StoreFailure(operation: operation, message: "a key has \(iterator.key.count) bytes")
            }
            indexes.append(index)
            iterator.next()
        }
        try iterator.checkStatus(for: operation)
        return indexes
    }

    /// Calls `body` with the record of one entry, or nil if there is none.
    func withRecord(
        at index: LogIndex, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) {
        do throws(EngineError) {
            try LogKey.with(index) { (key) throws(EngineError) in
                try store.engine.withValue(forKey: key, in: .log, onlyInMemory: false, body)
            }
        } catch {
            throw StoreFailure("read entry \(index)", error)
        }
    }

    /// Calls `body` with the record of each existing entry of `range`, in order, until it returns false. Leaves the
    /// block cache to the key-value data.
    func forEachRecord(
        in range: LogRange, _ body: (LogIndex, UnsafeRawBufferPointer) throws(StoreFailure) -> Bool
    ) throws(StoreFailure) {
        let operation = "read the log"
        let iterator = try LogKey.with(range.upper) { (upper) throws(StoreFailure) in
            try store.makeIterator(over: .log, upTo: upper, for: operation)
        }
        LogKey.with(range.lower) { iterator.seek(to: $0) }
        while iterator.isValid {
            guard let index = LogKey.index(of: iterator.key) else {
                throw StoreFailure(
                    operation: operation, message: "a key of \(iterator.key.count) bytes is among the entries")
            }
            guard try body(index, iterator.value) else { return }
            iterator.next()
        }
        try iterator.checkStatus(for: operation)
    }
}
