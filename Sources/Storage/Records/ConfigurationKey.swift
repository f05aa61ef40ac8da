internal import KeyValue
internal import RaftCore

/// Keys of `raft_log` that list the entries that hold a configuration, so that a start finds them without reading the
/// others: 8 bytes 0, which is the index of no entry, then the index of the entry, 8 bytes, big-endian. Nothing is
/// stored under them. Each is written in the batch of its entry, and deleted in the batch that deletes the entry.
///
/// They are in the family of the entries because then both are in the same memtable, and become part of the same table
/// file: damage to the write-ahead log that takes one takes the other as well.
enum ConfigurationKey {
    private static let prefix = LogKey.with(.zero) { Array($0) }
    /// At or below every key.
    static let start = prefix
    /// Above every key, and the lowest key of an entry.
    static let end = LogKey.with(LogIndex.zero.next) { Array($0) }

    static func bytes(_ index: LogIndex) -> [UInt8] { prefix + LogKey.with(index) { Array($0) } }

    /// The index that a key names, or nil if it has another form.
    static func index(of key: UnsafeRawBufferPointer) -> LogIndex? {
        guard key.starts(with: prefix) else { return nil }
        return LogKey.index(of: UnsafeRawBufferPointer(rebasing: key[prefix.count...]))
    }
}
