internal import CRocksDB

/// The state of a database at one moment. While it exists, RocksDB keeps every version that it shows.
package final class Snapshot {
    private let database: Database
    let pointer: OpaquePointer

    package init(of database: Database) throws(RocksDBError) {
        try database.addDependent("take a snapshot")
        self.database = database
        // Nil only for databases that support no snapshots, which this module cannot open.
        pointer = rocksdb_create_snapshot(database.pointer)!
    }

    deinit {
        rocksdb_release_snapshot(database.pointer, pointer)
        database.removeDependent()
    }
}
