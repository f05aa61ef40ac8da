internal import CRocksDB
internal import Synchronization

/// A column family of an open database. RocksDB removes the files of a dropped one when its handle is closed, so
/// whoever reads a family keeps this object. The database closes the handle: when it is closed itself, or, of a family
/// that was dropped, once nobody else has this object. Using it after that is a programmer error and stops the process,
/// because RocksDB would read freed memory.
///
/// `@unchecked Sendable`: the handle never changes, and RocksDB takes it on any thread.
package final class ColumnFamily: @unchecked Sendable {
    package let name: String
    private let handle: OpaquePointer
    private let isOpen = Atomic<Bool>(true)

    init(name: String, handle: OpaquePointer) {
        self.name = name
        self.handle = handle
    }

    deinit { close() }

    /// For calls of the C API.
    var pointer: OpaquePointer {
        precondition(isOpen.load(ordering: .acquiring), "column family \(name) is used after its database was closed")
        return handle
    }

    /// Called by the database, and before that is closed.
    func close() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        rocksdb_column_family_handle_destroy(handle)
    }
}
