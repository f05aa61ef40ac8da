internal import RaftCore

/// Keys of `raft_log`: the index, 8 bytes, big-endian, so that the order of keys is the order of entries.
enum LogKey {
    static let byteCount = 8

    static func with<Result, Failure>(
        _ index: LogIndex, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBytes(of: index.rawValue.bigEndian, body)
    }

    /// The index that a key names, or nil if it is no key of the log.
    static func index(of key: UnsafeRawBufferPointer) -> LogIndex? {
        guard key.count == byteCount else { return nil }
        return LogIndex(UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)))
    }

    /// Above every index of an entry: `Entry.init(decoding:)` accepts none above half of this.
    static let end = LogIndex(.max)
}
