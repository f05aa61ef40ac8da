internal import CRocksDB
internal import Synchronization

extension Database {
    /// The handles of a database.
    struct Families {
        /// Those given to `init`, in their order, then those that were created.
        var open: [ColumnFamily]
        /// Dropped, and still in use when that was last looked at.
        var dropped: [ColumnFamily] = []
    }

    /// The names of all families of the database in the directory `path`, which nobody changes meanwhile. Throws if
    /// there is no database.
    package static func columnFamilyNames(at path: String) throws(RocksDBError) -> [String] {
        let options = try NativeOptions([:])
        var count = 0
        let names = try withExtendedLifetime(options) { () throws(RocksDBError) in
            try calling("list the column families") { message in
                rocksdb_list_column_families(options.pointer, path, &count, &message)
            }
        }
        guard let names else { return [] }
        defer { rocksdb_list_column_families_destroy(names, count) }
        // The list has no gaps.
        return (0..<count).map { String(cString: names[$0]!) }
    }

    /// The families that are open now: those given to `init`, in their order, then those that were created.
    package var columnFamilies: [ColumnFamily] { families.withLock { $0.open } }

    package func columnFamily(named name: String) -> ColumnFamily? { columnFamilies.first { $0.name == name } }

    /// Adds an empty family. It is durable when this returns. Blocks writers while the manifest is synced.
    package func createColumnFamily(_ descriptor: ColumnFamilyDescriptor) throws(RocksDBError) -> ColumnFamily {
        let place = try enter("create a column family")
        defer { leave(place) }
        let options = try NativeOptions(descriptor.options)
        let handle = try withExtendedLifetime(options) { () throws(RocksDBError) in
            try calling("create a column family") { message in
                rocksdb_create_column_family(pointer, options.pointer, descriptor.name, &message)
            }
        }
        // Without an error message there is a handle.
        let family = ColumnFamily(name: descriptor.name, handle: handle!)
        families.withLock { $0.open.append(family) }
        return family
    }

    /// Removes a family with all its data. After a crash it is gone as well once this has returned. Whoever still has
    /// the family or an iterator over it can read on; the files go with a later `closeUnused`. Blocks writers while the
    /// manifest is synced.
    package func drop(_ family: ColumnFamily) throws(RocksDBError) {
        let place = try enter("drop a column family")
        defer { leave(place) }
        try calling("drop a column family") { message in
            rocksdb_drop_column_family(pointer, family.pointer, &message)
        }
        families.withLock { families in
            families.open.removeAll { $0 === family }
            families.dropped.append(family)
        }
    }

    /// Whether there are dropped families that are not closed. Never waits for the disk.
    package var hasDroppedFamilies: Bool { families.withLock { !$0.dropped.isEmpty } }

    /// Closes dropped families that nobody has any more, so that RocksDB removes their files. Takes the lock of the
    /// database if there are any, so the last user of a family, who may be in a hurry, does not do it.
    package func closeUnused() throws(RocksDBError) {
        let place = try enter("close a column family")
        defer { leave(place) }
        let unused = families.withLock { families in
            var unused: [ColumnFamily] = []
            for index in families.dropped.indices.reversed()
            where isKnownUniquelyReferenced(&families.dropped[index]) {
                unused.append(families.dropped.remove(at: index))
            }
            return unused
        }
        if unused.isEmpty { return }
        // Whatever the last user did with a family happened before it is closed.
        atomicMemoryFence(ordering: .acquiring)
        for family in unused { family.close() }
    }
}
