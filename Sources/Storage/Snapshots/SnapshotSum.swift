internal import HotPath

/// Sums up the rows of a snapshot to the digest of the state that they are. One of them is the applied record.
struct SnapshotSum: Sendable {
    private var keyCount = 0
    private var hash: UInt64 = 0

    mutating func add(_ key: StoredKey, _ record: UnsafeRawBufferPointer) {
        if key.space == .user { keyCount += 1 }
        hash &+= CapturedState.hash(of: key, record)
    }

    func digest(at applied: AppliedRecord) -> StateDigest {
        StateDigest(applied: applied.last, revision: applied.revision, keyCount: keyCount, hash: hash)
    }
}
