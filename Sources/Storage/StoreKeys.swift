internal import RaftCore

/// Keys of `raft_log`: the index, 8 bytes, big-endian, so that the order of keys is the order of entries.
enum LogKey {
    static let byteCount = 8

    static func with<Result: ~Copyable>(_ index: LogIndex, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: index.rawValue.bigEndian, body)
    }

    /// The index that a key names, or nil if it is no key of the log.
    static func index(of key: UnsafeRawBufferPointer) -> LogIndex? {
        guard key.count == byteCount else { return nil }
        return LogIndex(UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)))
    }

    /// Above every index of an entry, which is less than half of it (`Entry.init(decoding:)`).
    static let end = LogIndex(.max)
}

/// Keys of `raft_meta`, in ASCII.
enum MetaKey: String {
    case identity
    case hardState = "hard_state"
}

/// Keys of `kv`: one byte that tells users' records from the store's own, then the key. No key of a user can name a
/// record of the store, whatever its bytes.
enum KeyValueKey {
    static let systemPrefix: UInt8 = 0
    static let userPrefix: UInt8 = 1
    /// Above every key.
    static let end: [UInt8] = [2]
    /// At or before every key that a user can have.
    static let userStart: [UInt8] = [userPrefix]
    /// The record of the last applied entry (`AppliedRecord`).
    static let applied: [UInt8] = [systemPrefix, 0x61]
}

/// A user's key as `kv` stores it.
enum StoredKey {
    static func with<Result, Failure>(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // On the stack up to the size that the compiler's runtime allows, which covers all but the longest keys.
        try withUnsafeTemporaryAllocation(byteCount: key.count + 1, alignment: 1) { stored throws(Failure) in
            stored[0] = KeyValueKey.userPrefix
            UnsafeMutableRawBufferPointer(rebasing: stored[1...]).copyMemory(from: key)
            return try body(UnsafeRawBufferPointer(stored))
        }
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` for bodies that throw a type of their own or return what cannot be copied.
    func withRawBytes<Result: ~Copyable, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try span.bytes.withUnsafeBytes(body)
    }
}
