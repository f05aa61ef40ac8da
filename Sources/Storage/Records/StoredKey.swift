/// A user's key as `kv` stores it.
enum StoredKey {
    static func with<Result, Failure>(
        _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // On the stack up to the size that Swift's runtime allows, which covers all but the longest keys.
        try withUnsafeTemporaryAllocation(byteCount: key.count + 1, alignment: 1) { stored throws(Failure) in
            stored[0] = KeyValueKey.userPrefix
            UnsafeMutableRawBufferPointer(rebasing: stored[1...]).copyMemory(from: key)
            return try body(UnsafeRawBufferPointer(stored))
        }
    }
}
