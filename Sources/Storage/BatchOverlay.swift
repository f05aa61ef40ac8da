internal import HotPath

/// What the batch under way does to the revisions of keys, for the conditions of later commands in it. Kept only while
/// a batch holds commands that read, and cheap to clear: its memory stays.
///
/// An open-addressing table over copies of the keys in one array; no allocation per key once it has grown.
struct BatchOverlay {
    private struct Slot {
        var hash: UInt64
        var keyStart: Int
        /// 0 marks an empty slot; no key is empty.
        var keyBytes: Int
        /// Of the record that the batch leaves under this key, 0 if it leaves none.
        var revision: UInt64

        static let empty = Slot(hash: 0, keyStart: 0, keyBytes: 0, revision: 0)
    }

    private var slots = [Slot](repeating: .empty, count: 64)
    private var keys: [UInt8] = []
    private(set) var count = 0

    /// The revision that the batch leaves under `key` (0: none), or nil if the batch has not touched it.
    func revision(of key: UnsafeRawBufferPointer) -> UInt64? {
        let slot = slots[position(of: key, hash: Checksum.xxh64(key))]
        return slot.keyBytes == 0 ? nil : slot.revision
    }

    /// Notes that the batch leaves `revision` (0: nothing) under `key`. Precondition: the key is not empty.
    mutating func set(_ key: UnsafeRawBufferPointer, _ revision: UInt64) {
        precondition(!key.isEmpty, "an empty key is written")
        if (count + 1) * 2 > slots.count { grow() }
        let hash = Checksum.xxh64(key)
        let position = position(of: key, hash: hash)
        if slots[position].keyBytes == 0 {
            slots[position] = Slot(hash: hash, keyStart: keys.count, keyBytes: key.count, revision: revision)
            keys.append(contentsOf: key)
            count += 1
        } else {
            slots[position].revision = revision
        }
    }

    mutating func removeAll() {
        if count == 0 { return }
        for position in slots.indices { slots[position] = .empty }
        keys.removeAll(keepingCapacity: true)
        count = 0
    }

    /// The slot of `key`, or the empty one where it belongs. At least half of the slots are empty.
    private func position(of key: UnsafeRawBufferPointer, hash: UInt64) -> Int {
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: hash) & mask
        while slots[position].keyBytes != 0 {
            if slots[position].hash == hash && holds(key, at: slots[position]) { return position }
            position = (position + 1) & mask
        }
        return position
    }

    private func holds(_ key: UnsafeRawBufferPointer, at slot: Slot) -> Bool {
        guard slot.keyBytes == key.count else { return false }
        return keys.withRawBytes { keys in
            UnsafeRawBufferPointer(rebasing: keys[slot.keyStart..<(slot.keyStart + slot.keyBytes)]).elementsEqual(key)
        }
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: .empty, count: old.count * 2)
        let mask = slots.count - 1
        for slot in old where slot.keyBytes != 0 {
            // The keys differ from each other, so the first empty slot is the one.
            var position = Int(truncatingIfNeeded: slot.hash) & mask
            while slots[position].keyBytes != 0 { position = (position + 1) & mask }
            slots[position] = slot
        }
    }
}
