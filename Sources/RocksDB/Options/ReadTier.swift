/// Which storage a read may look at. The raw values are those of `rocksdb::ReadTier`.
package enum ReadTier: Int32, Hashable, Sendable {
    case all = 0
    /// Memtables and the block cache; a read that would need the disk is an error of kind `incomplete`.
    case blockCache = 1
}
