internal import CRocksDB
internal import CRocksDBAdditions
internal import Synchronization

/// An open RocksDB database with its column families.
///
/// `@unchecked Sendable`: `rocksdb_t` is safe to call from any thread, and everything else here is immutable, atomic or
/// locked.
/// `close` waits for the calls that are under way, and later ones are refused.
package final class Database: @unchecked Sendable {
    package let path: String
    let families: Mutex<Families>
    let pointer: OpaquePointer
    private let writeOptions: OpaquePointer
    private let calls = CallGate()
    /// The number of live iterators and snapshots; there must be none when the database is closed.
    private let dependents = Atomic<Int>(0)

    /// Opens the database in the directory `path`. `columnFamilies` must name every family that the database has,
    /// `ColumnFamilyDescriptor.defaultName` included. `compactionSpeed` limits compactions, `deletionSpeed` in bytes
    /// per second the removal of files, which wait with the ending `.trash`; without them there is no limit. With
    /// `isReadOnly` nothing on disk is changed or locked. Writes fail, the content of the write-ahead log is in memory
    /// only, and later changes by other processes are not seen.
    package init(
        path: String, options: Options, columnFamilies descriptors: [ColumnFamilyDescriptor],
        compactionSpeed: SpeedLimit? = nil, deletionSpeed: Int? = nil, isReadOnly: Bool = false
    ) throws(RocksDBError) {
        // Now, and not minutes later when the first table file enters.
        guard skiff_rocksdb_additions_fit() != 0 else { throw .otherLibrary(for: "open a database") }
        let databaseOptions = try NativeOptions(options)
        // The database shares it from then on.
        if let compactionSpeed {
            rocksdb_options_set_ratelimiter(databaseOptions.pointer, compactionSpeed.pointer)
        }
        if let deletionSpeed {
            precondition(deletionSpeed > 0, "a database that may delete nothing")
            guard skiff_rocksdb_options_set_deletion_speed(databaseOptions.pointer, UInt64(deletionSpeed)) != 0 else {
                throw .otherLibrary(for: "limit the speed at which files are deleted")
            }
        }
        let familyOptions = try descriptors.map { (descriptor) throws(RocksDBError) in
            try NativeOptions(descriptor.options)
        }
        var handles = [OpaquePointer?](repeating: nil, count: descriptors.count)
        let opened = try withExtendedLifetime((databaseOptions, familyOptions)) { () throws(RocksDBError) in
            try calling("open a database") { message in
                Self.withCStrings(descriptors.map(\.name)) { names in
                    let count = Int32(descriptors.count)
                    let families: [OpaquePointer?] = familyOptions.map(\.pointer)
                    guard isReadOnly else {
                        return rocksdb_open_column_families(
                            databaseOptions.pointer, path, count, names, families, &handles, &message)
                    }
                    return rocksdb_open_for_read_only_column_families(
                        databaseOptions.pointer, path, count, names, families, &handles, 0, &message)
                }
            }
        }
        self.path = path
        // Without an error message there is a database, and a handle for every descriptor.
        pointer = opened!
        let families = zip(descriptors, handles).map { ColumnFamily(name: $0.name, handle: $1!) }
        self.families = Mutex(Families(open: families))
        // A constructor of RocksDB fails only when memory is exhausted, and that ends the process inside C++.
        writeOptions = rocksdb_writeoptions_create()!
    }

    deinit { close() }

    /// Closes the database and frees its handles, once the calls that are under way have returned. Later calls throw
    /// `RocksDBError.Kind.closed`; closing again does nothing. Preconditions: its iterators and snapshots are gone, and
    /// nobody fills a batch.
    package func close() {
        guard calls.close() else { return }
        let count = dependents.load(ordering: .acquiring)
        precondition(count == 0, "a database is closed under \(count) iterators or snapshots")
        let families = families.withLock { $0.open + $0.dropped }
        for family in families { family.close() }
        rocksdb_writeoptions_destroy(writeOptions)
        rocksdb_close(pointer)
    }

    /// False once `close` was called.
    package var isOpen: Bool { calls.isOpen }

    // MARK: Writing

    /// Applies all operations of `batch`, or none. They are then in the operating system's copy of the write-ahead log:
    /// they survive a crash of the process, and after `flushWAL(sync: true)` one of the machine.
    package func write(_ batch: borrowing WriteBatch) throws(RocksDBError) {
        let place = try enter("write a batch")
        defer { leave(place) }
        try calling("write a batch") { message in rocksdb_write(pointer, writeOptions, batch.pointer, &message) }
    }

    /// Hands the buffered write-ahead log to the operating system and, with `sync`, waits until all of it is on disk.
    /// Blocks no writer meanwhile.
    package func flushWAL(sync: Bool) throws(RocksDBError) {
        let place = try enter("flush the write-ahead log")
        defer { leave(place) }
        try calling("flush the write-ahead log") { message in rocksdb_flush_wal(pointer, sync ? 1 : 0, &message) }
    }

    /// Writes the memtables of one family to disk. Returns when that is done, or at once if `wait` is false.
    package func flush(_ family: ColumnFamily, wait: Bool = true) throws(RocksDBError) {
        let place = try enter("flush a column family")
        defer { leave(place) }
        // Never null: when memory is exhausted, C++ ends the process.
        let options = rocksdb_flushoptions_create()!
        defer { rocksdb_flushoptions_destroy(options) }
        rocksdb_flushoptions_set_wait(options, wait ? 1 : 0)
        try calling("flush a column family") { message in
            rocksdb_flush_cf(pointer, options, family.pointer, &message)
        }
    }

    /// Removes the table files below level 0 whose keys are all at or before `upper`, also those that are in no other
    /// file: without a look at them, and durably. A file that is being compacted stays. Snapshots lose these keys;
    /// iterators do not.
    package func removeFiles(of family: ColumnFamily, through upper: UnsafeRawBufferPointer) throws(RocksDBError) {
        let place = try enter("remove files")
        defer { leave(place) }
        try calling("remove files") { message in
            rocksdb_delete_file_in_range_cf(
                pointer, family.pointer, nil, 0, upper.cCharacters, upper.count, &message)
        }
    }

    /// Compacts the keys from `lower` to `upper`, both included; nil is the first or last key.
    package func compactRange(
        _ family: ColumnFamily, from lower: UnsafeRawBufferPointer? = nil, through upper: UnsafeRawBufferPointer? = nil
    ) throws(RocksDBError) {
        let place = try enter("compact a range")
        defer { leave(place) }
        rocksdb_compact_range_cf(
            pointer, family.pointer, lower?.cCharacters, lower?.count ?? 0, upper?.cCharacters, upper?.count ?? 0)
    }

    // MARK: Calls

    /// Call before each use of `pointer`, and `leave` after it.
    func enter(_ operation: StaticString) throws(RocksDBError) -> CallGate.Place {
        guard let place = calls.enter() else {
            throw RocksDBError(operation: operation.description, kind: .closed, message: "the database is closed")
        }
        return place
    }

    func leave(_ place: CallGate.Place) { calls.leave(place) }

    // MARK: Dependents

    /// Makes an iterator or a snapshot, which must be gone when the database is closed.
    func makeDependent(
        _ operation: StaticString, _ make: (OpaquePointer) -> OpaquePointer
    ) throws(RocksDBError) -> OpaquePointer {
        let place = try enter(operation)
        defer { leave(place) }
        dependents.wrappingAdd(1, ordering: .acquiringAndReleasing)
        return make(pointer)
    }

    func removeDependent() { dependents.wrappingSubtract(1, ordering: .acquiringAndReleasing) }

    // MARK: Arguments of the C API

    static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        var bytes: [CChar] = []
        var starts: [Int] = []
        for string in strings {
            starts.append(bytes.count)
            bytes.append(contentsOf: string.utf8CString)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            // Every string, even an empty one, added its terminating zero, so the buffer is not empty.
            let pointers: [UnsafePointer<CChar>?] = starts.map { buffer.baseAddress! + $0 }
            return body(pointers)
        }
    }
}
