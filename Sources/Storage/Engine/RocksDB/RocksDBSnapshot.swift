internal import RocksDB

/// A snapshot of RocksDB, seen through the port.
///
/// `@unchecked Sendable`: it never changes, and RocksDB takes and releases it on any thread.
final class RocksDBSnapshot: EngineSnapshot, @unchecked Sendable {
    let native: Snapshot

    init(_ native: Snapshot) { self.native = native }
}
