internal import CRocksDB

extension Database {
    /// A table file that the database uses.
    package struct TableFile: Hashable, Sendable {
        /// The name in the directory of the database.
        package let name: String
        package let columnFamily: String
        package let level: Int
    }

    /// The table files of all families now. May wait for the lock of the database.
    package func tableFiles() throws(RocksDBError) -> [TableFile] {
        let place = try enter("list the table files")
        defer { leave(place) }
        // Never null: when memory is exhausted, C++ ends the process.
        let files = rocksdb_livefiles(pointer)!
        defer { rocksdb_livefiles_destroy(files) }
        return (0..<rocksdb_livefiles_count(files)).map { number in
            TableFile(
                name: String(String(cString: rocksdb_livefiles_name(files, number)).drop { $0 == "/" }),
                columnFamily: String(cString: rocksdb_livefiles_column_family_name(files, number)),
                level: Int(rocksdb_livefiles_level(files, number)))
        }
    }
}
