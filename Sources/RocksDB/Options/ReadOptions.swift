internal import CRocksDB

/// How to read. Owns its `rocksdb_readoptions_t` and the bounds that it points to; immutable once made.
package struct ReadOptions: ~Copyable {
    let pointer: OpaquePointer
    private let snapshot: Snapshot?
    /// RocksDB keeps the address of a bound, not its bytes.
    private let bounds: UnsafeMutableRawBufferPointer

    /// An iterator with these options sees only keys from `lowerBound` (included) to `upperBound` (not included).
    /// `fillCache` lets the read replace other blocks in the block cache.
    package init(
        tier: ReadTier = .all, fillCache: Bool = true, snapshot: Snapshot? = nil,
        lowerBound: UnsafeRawBufferPointer? = nil, upperBound: UnsafeRawBufferPointer? = nil
    ) {
        // A constructor of RocksDB fails only when memory is exhausted, and that ends the process inside C++.
        pointer = rocksdb_readoptions_create()!
        self.snapshot = snapshot
        rocksdb_readoptions_set_read_tier(pointer, tier.rawValue)
        rocksdb_readoptions_set_fill_cache(pointer, fillCache ? 1 : 0)
        if let snapshot { rocksdb_readoptions_set_snapshot(pointer, snapshot.pointer) }

        let lowerCount = lowerBound?.count ?? 0
        bounds = .allocate(byteCount: lowerCount + (upperBound?.count ?? 0), alignment: 1)
        if let lowerBound {
            let copy = UnsafeMutableRawBufferPointer(rebasing: bounds[..<lowerCount])
            copy.copyMemory(from: lowerBound)
            let bound = UnsafeRawBufferPointer(copy)
            rocksdb_readoptions_set_iterate_lower_bound(pointer, bound.cCharacters, bound.count)
        }
        if let upperBound {
            let copy = UnsafeMutableRawBufferPointer(rebasing: bounds[lowerCount...])
            copy.copyMemory(from: upperBound)
            let bound = UnsafeRawBufferPointer(copy)
            rocksdb_readoptions_set_iterate_upper_bound(pointer, bound.cCharacters, bound.count)
        }
    }

    deinit {
        rocksdb_readoptions_destroy(pointer)
        bounds.deallocate()
    }
}
