internal import CRocksDB
internal import CRocksDBAdditions

/// A limit to the speed at which the compactions of a database write. Flushes have none, and neither have compactions for
/// which writers wait. It can be changed at any time. Any thread.
///
/// `@unchecked Sendable`: RocksDB's limiters are safe to call from any thread.
package final class CompactionSpeed: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Bytes in a second, above 0. Throws `RocksDBError.Kind.otherLibrary` as opening a database does.
    package init(bytesPerSecond: Int) throws(RocksDBError) {
        precondition(bytesPerSecond > 0, "compactions that may write nothing")
        // With refills of a twentieth of a second a compaction is even, and not a row of gulps.
        guard let pointer = skiff_rocksdb_ratelimiter_for_compactions(Int64(bytesPerSecond), 50_000) else {
            throw .otherLibrary(for: "limit the speed of compactions")
        }
        self.pointer = pointer
    }

    deinit { rocksdb_ratelimiter_destroy(pointer) }

    /// Changes the limit, to bytes in a second, above 0. Compactions under way notice.
    package func set(bytesPerSecond: Int) {
        precondition(bytesPerSecond > 0, "compactions that may write nothing")
        precondition(
            skiff_rocksdb_ratelimiter_set_speed(pointer, Int64(bytesPerSecond)) != 0,
            "a database is open although the RocksDB library differs from the headers")
    }
}
