internal import CRocksDB
internal import Synchronization

/// A column family of an open database. The database closes it. Using it after that is a programmer error and stops the
/// process, because RocksDB would read freed memory.
package final class ColumnFamily {
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

    /// Called before the database is closed.
    func close() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        rocksdb_column_family_handle_destroy(handle)
    }
}

/// A column family to open, or to create if it is missing and the option `create_missing_column_families` is set.
package struct ColumnFamilyDescriptor: Hashable, Sendable {
    /// The family that every database has.
    package static let defaultName = "default"

    package var name: String
    package var options: Options

    package init(name: String, options: Options = [:]) {
        self.name = name
        self.options = options
    }
}
