internal import CRocksDB

/// A `rocksdb_options_t`, freed with this object.
final class NativeOptions {
    let pointer: OpaquePointer

    init(_ options: Options) throws(RocksDBError) {
        // A constructor of RocksDB fails only when memory is exhausted, and that ends the process inside C++.
        let base = rocksdb_options_create()!
        defer { rocksdb_options_destroy(base) }
        pointer = rocksdb_options_create()!
        try calling("read options") { message in
            rocksdb_get_options_from_string(base, options.description, pointer, &message)
        }
    }

    deinit { rocksdb_options_destroy(pointer) }
}
