internal import CRocksDB
internal import CRocksDBAdditions

/// A limit to the speed at which files are written that nobody waits for: by the compactions of a database, or by a
/// `TableFileWriter`. Flushes have none, and neither have compactions for which writers wait. It can be changed at any
/// time. Any thread.
///
/// `@unchecked Sendable`: RocksDB's limiters are safe to call from any thread.
package final class SpeedLimit: @unchecked Sendable {
    let pointer: OpaquePointer
    private let bytesPerSecondMin: Int

    /// Bytes in a second, above 0; the limit is never lower. Throws `RocksDBError.Kind.otherLibrary` as opening a
    /// database does.
    package init(bytesPerSecond: Int) throws(RocksDBError) {
        precondition(bytesPerSecond > 0, "a limit under which nothing may be written")
        // With refills of a twentieth of a second the writing is even, and not a row of gulps.
        guard let pointer = skiff_rocksdb_ratelimiter_for_background(Int64(bytesPerSecond), 50_000) else {
            throw .otherLibrary(for: "limit the speed of writes")
        }
        self.pointer = pointer
        bytesPerSecondMin = bytesPerSecond
    }

    /// The bytes that were written under the limit so far.
    package var bytesThrough: Int { Int(skiff_rocksdb_ratelimiter_bytes_through(pointer)) }

    /// How often writers have asked for that.
    package var requestsThrough: Int { Int(skiff_rocksdb_ratelimiter_requests_through(pointer)) }

    deinit { rocksdb_ratelimiter_destroy(pointer) }

    /// Changes the limit, to bytes in a second, at least those that it was made with. Writers under way notice.
    package func set(bytesPerSecond: Int) {
        // A writer may just be asking for as much as it may at the least speed.
        precondition(bytesPerSecond >= bytesPerSecondMin, "a limit of writes below that which it was made with")
        precondition(
            skiff_rocksdb_ratelimiter_set_speed(pointer, Int64(bytesPerSecond)) != 0,
            "a database is open although the RocksDB library differs from the headers")
    }
}
