internal import Glibc
internal import RaftCore
internal import Synchronization

/// The addresses of a table's slots and arena: all that a look-up needs. Copied without counting references, so that
/// threads that read at the same time share no counter. Whoever has one keeps its `MemTable` alive.
struct MemTableView {
    let arena: UnsafeMutableRawPointer
    let slots: UnsafeMutablePointer<Atomic<UInt64>>
    let slotMask: Int

    /// The newest version of a key that is not younger than `index`. Any thread.
    func find(_ key: StoredKey, hash: UInt64, through index: LogIndex) -> MemTable.Finding {
        let (_, newest) = locate(key, hash)
        var place = newest
        while place != 0 {
            let version = arena + Int(place) * 8
            if version.load(fromByteOffset: MemTable.Version.index, as: UInt64.self) <= index.rawValue {
                return finding(version)
            }
            place = version.load(as: UInt32.self)
        }
        return .nothing
    }

    func finding(_ version: UnsafeMutableRawPointer) -> MemTable.Finding {
        let size = version.load(fromByteOffset: MemTable.Version.recordBytes, as: UInt32.self)
        if size == MemTable.Version.deletion { return .deleted }
        let keyBytes = Int(version.load(fromByteOffset: MemTable.Version.keyBytes, as: UInt16.self))
        return .record(UnsafeRawBufferPointer(start: version + MemTable.Version.key + keyBytes, count: Int(size)))
    }

    /// The slot of a key, or the empty one where it belongs, and the place of its newest version, 0 if there is none.
    func locate(_ key: StoredKey, _ hash: UInt64) -> (slot: Int, place: UInt32) {
        let tag = hash & 0xFFFF_FFFF_0000_0000
        var slot = Int(truncatingIfNeeded: hash) & slotMask
        while true {
            let word = slots[slot].load(ordering: .acquiring)
            if word == 0 { return (slot, 0) }
            let place = UInt32(truncatingIfNeeded: word)
            if word & 0xFFFF_FFFF_0000_0000 == tag, holds(key, at: place) { return (slot, place) }
            slot = (slot + 1) & slotMask
        }
    }

    private func holds(_ key: StoredKey, at place: UInt32) -> Bool {
        let version = arena + Int(place) * 8
        let keyBytes = Int(version.load(fromByteOffset: MemTable.Version.keyBytes, as: UInt16.self))
        guard keyBytes == key.rest.count + 1,
            version.load(fromByteOffset: MemTable.Version.key, as: UInt8.self) == key.space.rawValue
        else { return false }
        // The rest of a key is never empty, so there is a base address.
        return memcmp(version + MemTable.Version.key + 1, key.rest.baseAddress!, key.rest.count) == 0
    }
}
