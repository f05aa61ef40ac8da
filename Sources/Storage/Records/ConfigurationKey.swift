internal import KeyValue
internal import RaftCore

/// Keys of `raft_meta` that say which entries of the log hold a configuration, so that a start finds them without
/// reading the others: a name, then the index of the entry, 8 bytes, big-endian. Nothing is stored under them. Each is
/// written in the batch of its entry, and deleted in the batch that deletes the entry.
enum ConfigurationKey {
    private static let name = Array("configuration/".utf8)
    /// At or below every key.
    static let start = name
    /// Above every key: the character after the slash.
    static let end = Array("configuration0".utf8)

    static func bytes(_ index: LogIndex) -> [UInt8] { name + LogKey.with(index) { Array($0) } }

    /// The index that a key names, or nil if it has another form.
    static func index(of key: UnsafeRawBufferPointer) -> LogIndex? {
        guard key.starts(with: name) else { return nil }
        return LogKey.index(of: UnsafeRawBufferPointer(rebasing: key[name.count...]))
    }
}
