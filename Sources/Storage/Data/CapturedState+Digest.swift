internal import Bytes
internal import HotPath

extension CapturedState {
    /// A sum, so that it needs no order, of one number for each key with its record. The number is a hash of two
    /// hashes, so that records that change places change the sum.
    func digest(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest? {
        var digest = StateDigest(applied: applied.last, revision: applied.revision, keyCount: 0, hash: 0)
        var seen = 0
        var isBrokenOff = false
        try forEachRecord { key, record in
            seen += 1
            if seen % Self.rowsBetweenQuestions == 0, !mayContinue() {
                isBrokenOff = true
                return false
            }
            if key.space == .user { digest.keyCount += 1 }
            digest.hash &+= Self.hash(of: key, record)
            return true
        }
        if isBrokenOff { return nil }
        withUnsafeTemporaryAllocation(byteCount: AppliedRecord.encodedBytes, alignment: 1) { record in
            applied.encode(into: record)
            KeyValueKey.applied.withUnsafeBytes { key in
                let rest = UnsafeRawBufferPointer(rebasing: key[1...])
                digest.hash &+= Self.hash(of: StoredKey(.system, rest), UnsafeRawBufferPointer(record))
            }
        }
        return digest
    }

    private static let rowsBetweenQuestions = 1_024

    private static func hash(of key: StoredKey, _ record: UnsafeRawBufferPointer) -> UInt64 {
        let words: InlineArray<3, UInt64> = [
            UInt64(key.space.rawValue).littleEndian, XXH64.hash(key.rest).littleEndian,
            XXH64.hash(record).littleEndian,
        ]
        return words.span.bytes.withUnsafeBytes { XXH64.hash($0) }
    }
}
