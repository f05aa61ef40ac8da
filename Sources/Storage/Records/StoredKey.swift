/// A key as `kv` stores it: the byte that says whose it is, and the rest, viewed in place.
struct StoredKey {
    let space: KeyValueKey.Space
    /// Never empty.
    let rest: UnsafeRawBufferPointer

    init(_ space: KeyValueKey.Space, _ rest: UnsafeRawBufferPointer) {
        precondition(!rest.isEmpty, "a stored key consists of nothing but its first byte")
        self.space = space
        self.rest = rest
    }

    static func user(_ key: UnsafeRawBufferPointer) -> StoredKey { StoredKey(.user, key) }

    /// A key of `KeyValueKey.Space` as it lies in a table or in the family. Nil if it is none.
    init?(_ stored: UnsafeRawBufferPointer) {
        guard stored.count > 1, let space = KeyValueKey.Space(rawValue: stored[0]) else { return nil }
        self.init(space, UnsafeRawBufferPointer(rebasing: stored[1...]))
    }

    /// Calls `body` with the whole of a user's key.
    static func with<Result, Failure>(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // On the stack up to the size that Swift's runtime allows, which covers all but the longest keys.
        try withUnsafeTemporaryAllocation(byteCount: key.count + 1, alignment: 1) { stored throws(Failure) in
            stored[0] = KeyValueKey.Space.user.rawValue
            UnsafeMutableRawBufferPointer(rebasing: stored[1...]).copyMemory(from: key)
            return try body(UnsafeRawBufferPointer(stored))
        }
    }
}
