package import HotPath
package import NIOCore

/// Reads a snapshot chunk by chunk, from any place. One thread at a time, which may block.
package final class SnapshotReader {
    static let operation = "read a snapshot"

    private let snapshot: StoredSnapshot
    private let iterator: any EngineIterator
    /// Of the last row read.
    private var lastKey: [UInt8]
    /// Of the rows through that; nil if nobody has read the first ones.
    private var sum: SnapshotSum?

    /// `iterator` sees the rows of `snapshot`.
    init(of snapshot: StoredSnapshot, from place: SnapshotPlace, _ iterator: any EngineIterator) {
        self.snapshot = snapshot
        self.iterator = iterator
        let key = place.key
        lastKey = key
        sum = place.sum
        guard !key.isEmpty else {
            iterator.seekToFirst()
            return
        }
        key.withRawBytes { iterator.seek(to: $0) }
        if iterator.isValid, iterator.key.elementsEqual(key) { iterator.next() }
    }

    /// Where the next chunk begins.
    package var place: SnapshotPlace { SnapshotPlace(key: lastKey, sum: sum) }

    /// The next chunk, an encoded `SnapshotChunk` whose rows have at most `bytesMax` bytes unless there is only one, or
    /// nil after the last one. Throws if the database cannot be read.
    package func nextChunk(bytesMax: Int = SnapshotChunk.rowBytesMax) throws(StoreFailure) -> ByteBuffer? {
        precondition(bytesMax <= SnapshotChunk.rowBytesMax, "chunks of \(bytesMax) bytes are asked for")
        guard iterator.isValid else { return try end() }
        var chunk = SnapshotChunk.Writer(snapshot.lastIncluded, after: lastKey, rowBytes: bytesMax)
        while iterator.isValid {
            let (key, record) = (iterator.key, iterator.value)
            guard chunk.rowCount == 0 || chunk.rowBytes(with: key, record) <= bytesMax else {
                return chunk.finish()
            }
            guard let stored = StoredKey(key) else {
                throw StoreFailure(
                    operation: Self.operation, message: "there is a key that no release of Skiff writes")
            }
            sum?.add(stored, record)
            chunk.add(key, record)
            lastKey.removeAll(keepingCapacity: true)
            lastKey.append(contentsOf: key)
            iterator.next()
        }
        try iterator.checkStatus(for: Self.operation)
        return chunk.finish()
    }

    private func end() throws(StoreFailure) -> ByteBuffer? {
        try iterator.checkStatus(for: Self.operation)
        if let sum { try snapshot.note(sum.digest(at: snapshot.applied)) }
        sum = nil
        return nil
    }
}
