internal import Bytes
internal import HotPath

extension CapturedState: StateCapture {
    /// A sum, so that it needs no order and the digests of ranges add up to that of all, of one number for each key
    /// with its record. The number is a hash of two hashes, so that records that change places change the sum.
    func digest(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest? {
        var digest = StateDigest(applied: applied.last, revision: applied.revision, keyCount: 0, hash: 0)
        var unasked = 0
        var isBrokenOff = false
        try forEachRecord { key, record in
            unasked += Self.bytesPerRecord + record.count
            if unasked >= Self.bytesBetweenQuestions {
                unasked = 0
                guard mayContinue() else {
                    isBrokenOff = true
                    return false
                }
            }
            if key.space == .user { digest.keyCount += 1 }
            digest.hash &+= Self.hash(of: key, record)
            return true
        }
        if isBrokenOff { return nil }
        let holdsAppliedRecord = KeyValueKey.applied.withUnsafeBytes { range.contains($0) }
        guard holdsAppliedRecord else { return digest }
        withUnsafeTemporaryAllocation(byteCount: AppliedRecord.encodedBytes, alignment: 1) { record in
            applied.encode(into: record)
            KeyValueKey.applied.withUnsafeBytes { key in
                let rest = UnsafeRawBufferPointer(rebasing: key[1...])
                digest.hash &+= Self.hash(of: StoredKey(.system, rest), UnsafeRawBufferPointer(record))
            }
        }
        return digest
    }

    /// Of records that are read before the next question whether to continue; small ones count as more.
    private static let bytesBetweenQuestions = 1 << 20
    private static let bytesPerRecord = 1_024

    static func hash(of key: StoredKey, _ record: UnsafeRawBufferPointer) -> UInt64 {
        let words: InlineArray<3, UInt64> = [
            UInt64(key.space.rawValue).littleEndian, XXH64.hash(key.rest).littleEndian,
            XXH64.hash(record).littleEndian,
        ]
        return words.span.bytes.withUnsafeBytes { XXH64.hash($0) }
    }
}
