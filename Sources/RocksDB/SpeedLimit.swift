internal import CRocksDB
internal import CRocksDBAdditions

/// A limit to the speed at which files are written that nobody waits for: by the compactions of a database, or by a
/// `TableFileWriter`. Flushes have none, and neither have compactions for which writers wait. It can be changed at any
/// time. Any thread.
///
/// `@unchecked Sendable`: RocksDB's limiters are safe to call from any thread.
package final class SpeedLimit: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Bytes in a second, above 0. Throws `RocksDBError.Kind.otherLibrary` as opening a database does.
    package init(bytesPerSecond: Int) throws(RocksDBError) {
        precondition(bytesPerSecond > 0, "a limit under which nothing may be written")
        // With refills of a twentieth of a second the writing is even, and not a row of gulps.
        guard let pointer = skiff_rocksdb_ratelimiter_for_background(Int64(bytesPerSecond), 50_000) else {
            throw .otherLibrary(for: "limit the speed of writes")
        }
        self.pointer = pointer
    }

    /// The bytes that were written under the limit so far.
    package var bytesThrough: Int { Int(skiff_rocksdb_ratelimiter_bytes_through(pointer)) }

    deinit { rocksdb_ratelimiter_destroy(pointer) }

    /// Changes the limit, to bytes in a second, above 0. Writers under way notice.
    package func set(bytesPerSecond: Int) {
        precondition(bytesPerSecond > 0, "a limit under which nothing may be written")
        precondition(
            skiff_rocksdb_ratelimiter_set_speed(pointer, Int64(bytesPerSecond)) != 0,
            "a database is open although the RocksDB library differs from the headers")
    }
}
