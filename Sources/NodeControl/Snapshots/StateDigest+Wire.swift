internal import HotPath
internal import NIOCore
internal import RaftCore

/// The account that ends a snapshot on the wire (`Docs/WireFormat.md`), little-endian:
///
/// ```
/// 1 format, 1   8 index   8 term   8 revision   8 number of users' keys   8 hash
/// ```
extension StateDigest {
    private static let format: UInt8 = 1

    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(
            Self.format, applied.index.rawValue, applied.term.rawValue, revision, UInt64(keyCount), hash,
            endianness: .little)
        return buffer
    }

    /// Nil if the bytes are no digest of this release.
    init?(encoded: ByteBuffer) {
        var buffer = encoded
        guard
            let (format, index, term, revision, keyCount, hash) = buffer.readMultipleIntegers(
                endianness: .little, as: (UInt8, UInt64, UInt64, UInt64, UInt64, UInt64).self),
            format == Self.format, buffer.readableBytes == 0, let keyCount = Int(exactly: keyCount)
        else { return nil }
        self.init(
            applied: LogID(index: LogIndex(index), term: Term(term)), revision: revision, keyCount: keyCount, hash: hash
        )
    }
}
