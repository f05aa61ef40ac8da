internal import CRocksDB

/// The state of a database at one moment. While it exists, RocksDB keeps every version that it shows.
package final class Snapshot {
    private let database: Database
    let pointer: OpaquePointer

    package init(of database: Database) throws(RocksDBError) {
        pointer = try database.makeDependent("take a snapshot") { database in
            // Nil only for databases that support no snapshots, which this module cannot open.
            rocksdb_create_snapshot(database)!
        }
        self.database = database
    }

    deinit {
        rocksdb_release_snapshot(database.pointer, pointer)
        database.removeDependent()
    }
}
