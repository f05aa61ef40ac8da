internal import CRocksDB
internal import CRocksDBAdditions

/// A limit to the speed at which a database writes table files: those of flushes and of compactions, the former first.
/// It can be changed at any time. Any thread.
///
/// `@unchecked Sendable`: RocksDB's limiters are safe to call from any thread.
package final class WriteSpeed: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Bytes in a second, above 0.
    package init(bytesPerSecond: Int) {
        precondition(bytesPerSecond > 0, "a database that may write nothing")
        // RocksDB's default for the fairness: a compaction gets the turn of a flush once in ten times. With refills of
        // a twentieth of a second a compaction is even, and not a row of gulps.
        pointer = rocksdb_ratelimiter_create(Int64(bytesPerSecond), 50_000, 10)!
    }

    deinit { rocksdb_ratelimiter_destroy(pointer) }

    /// Changes the limit, to bytes in a second, above 0. Compactions under way notice.
    package func set(bytesPerSecond: Int) {
        precondition(bytesPerSecond > 0, "a database that may write nothing")
        precondition(
            skiff_rocksdb_ratelimiter_set_speed(pointer, Int64(bytesPerSecond)) != 0,
            "a database is open although the RocksDB library differs from the headers")
    }
}
