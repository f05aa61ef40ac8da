internal import Glibc
internal import RaftCore
internal import Synchronization

/// The newest records of the key-value data until they are written to a table file: a hash table over versions in one
/// block of memory.
///
/// ```
/// slots     tag│place   hash of the key ──► slot of its newest version
///                 │
/// arena  … [ version i7 of "b" ][ version i9 of "a" ] …  used ──► free
///               │ older
///               ▼
///          [ version i2 of "b" ]
/// ```
///
/// One thread inserts while any number of threads look up, without a lock: a version is complete before its place is
/// stored in the slot, and it never changes after that. Each version bears the index of the entry that made it. A
/// reader states the highest index that it may see, so that the changes of a batch appear together when the last index
/// of the batch is published. Revisions would not do: a record may change without a new one.
///
/// RocksDB's own memtable, a skip list, took 4.3 µs per put, more than all other work of a follower. This one takes a
/// tenth of that, and its content is sorted once, when it is written (`Docs/Decisions/0004-own-memtable.md`).
///
/// `@unchecked Sendable`: see above; the properties that only the inserting thread touches say so.
final class MemTable: @unchecked Sendable {
    /// The answer of a table about one key.
    enum Finding {
        /// The table has no version of it; an older table or the database may have one.
        case nothing
        case deleted
        /// The encoded record, valid as long as the table.
        case record(UnsafeRawBufferPointer)
    }

    /// Layout of a version in the arena, at a multiple of 8. Numbers have the byte order of the machine, because no
    /// version leaves the process.
    ///
    /// ```
    ///  0  4  place of the older version of the key in this table, 0 for none
    ///  4  4  size of the record, or `deletion`
    ///  8  8  index of the entry that made it
    /// 16  2  size of the stored key
    /// 18     the key as `kv` stores it, then the record
    /// ```
    enum Version {
        static let index = 8
        static let recordBytes = 4
        static let keyBytes = 16
        static let key = 18
        static let deletion = UInt32.max
    }

    /// Size of a version without key, content type and value: its header, the header of the record, the prefix of the
    /// key, and the rounding.
    static let overheadBytesMax = 48

    /// Size of the arena.
    let capacityBytes: Int
    /// The memory of slots and arena, slots first.
    private let block: UnsafeMutableRawPointer
    private let blockBytes: Int
    private let pool: ArenaPool
    /// Where look-ups find slots and arena, as long as this object lives.
    let view: MemTableView

    // MARK: Changed by the inserting thread

    /// The end of the last version. Place 0 stays free, because it means that there is no version.
    private var usedBytes = 8
    private let keys = Atomic<Int>(0)
    /// The state of the state machine after the last batch in this table. Set before the table is handed to the flush
    /// thread.
    var applied: AppliedRecord
    private let start: AppliedRecord
    /// Whether anything was applied since the table was made. Inserting thread only.
    var hasNews: Bool { applied != start }

    /// A table with room for at least `capacityBytes` of versions, whose first entry follows the state `applied`.
    init(
        capacityBytes: Int, keyCountMax: Int = 0, behind applied: AppliedRecord, memory: ArenaPool = ArenaPool()
    ) {
        precondition(capacityBytes < 32 << 30, "a table of \(capacityBytes) bytes has places that do not fit its slots")
        let capacity = max(capacityBytes, 4_096)
        // Enough for all keys that fit if key and value have about eighty bytes, at a load of at most three quarters.
        let slotCount = max(capacity / 128, keyCountMax * 4 / 3 + 1).roundedUpToPowerOfTwo
        self.capacityBytes = capacity
        self.applied = applied
        start = applied
        pool = memory
        let slotBytes = slotCount * MemoryLayout<Atomic<UInt64>>.stride
        blockBytes = slotBytes + capacity
        block = memory.take(blockBytes)
        let slots = block.bindMemory(to: Atomic<UInt64>.self, capacity: slotCount)
        for slot in 0..<slotCount { (slots + slot).initialize(to: Atomic(0)) }
        view = MemTableView(arena: block + slotBytes, slots: slots, slotMask: slotCount - 1)
    }

    deinit {
        view.slots.deinitialize(count: view.slotMask + 1)
        pool.giveBack(block, blockBytes)
    }

    /// The number of different keys, deleted ones included. Any thread.
    var keyCount: Int { keys.load(ordering: .relaxed) }

    /// Seeded per process, so that nobody can choose keys that collide in one slot. A user's key and one of the store
    /// with the same rest share a hash, and are told apart by their first bytes.
    static func hash(_ key: StoredKey) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: key.rest)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The newest version of a key that is not younger than `index`. Any thread.
    func find(_ key: StoredKey, hash: UInt64, through index: LogIndex) -> Finding {
        view.find(key, hash: hash, through: index)
    }

    // MARK: Inserting

    /// Whether versions of `bytes` in total and `keys` further keys certainly fit. Inserting thread only.
    func hasRoom(bytes: Int, keys: Int) -> Bool {
        usedBytes + bytes <= capacityBytes && (keyCount + keys) * 4 <= (view.slotMask + 1) * 3
    }

    /// Adds a version of a key whose record has `recordBytes` bytes, written by `fill`, as the entry at `index` wants
    /// it. Inserting thread only. Preconditions: there is room; `index` is not below that of the key's newest version.
    func put(
        _ key: StoredKey, hash: UInt64, index: LogIndex, recordBytes: Int,
        fill: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        insert(key, hash, index, size: UInt32(recordBytes), recordBytes: recordBytes, fill)
    }

    /// Adds a tombstone, a version that marks the key as deleted. Inserting thread only. Preconditions as for `put`.
    func delete(_ key: StoredKey, hash: UInt64, index: LogIndex) {
        insert(key, hash, index, size: Version.deletion, recordBytes: 0) { _ in }
    }

    private func insert(
        _ key: StoredKey, _ hash: UInt64, _ index: LogIndex, size: UInt32, recordBytes: Int,
        _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        let keyBytes = key.rest.count + 1
        let bytes = (Version.key + keyBytes + recordBytes + 7) & ~7
        precondition(bytes <= capacityBytes - usedBytes, "a version of \(bytes) bytes enters a table that is full")
        let (slot, older) = view.locate(key, hash)
        if older == 0 {
            let count = keys.wrappingAdd(1, ordering: .relaxed).newValue
            precondition(count <= view.slotMask, "a table of \(view.slotMask + 1) slots has no empty one left")
        }
        let version = view.arena + usedBytes
        version.storeBytes(of: older, as: UInt32.self)
        version.storeBytes(of: size, toByteOffset: Version.recordBytes, as: UInt32.self)
        version.storeBytes(of: index.rawValue, toByteOffset: Version.index, as: UInt64.self)
        version.storeBytes(of: UInt16(keyBytes), toByteOffset: Version.keyBytes, as: UInt16.self)
        version.storeBytes(of: key.space.rawValue, toByteOffset: Version.key, as: UInt8.self)
        // The rest of a key is never empty, so there is a base address.
        (version + Version.key + 1).copyMemory(from: key.rest.baseAddress!, byteCount: key.rest.count)
        fill(UnsafeMutableRawBufferPointer(start: version + Version.key + keyBytes, count: recordBytes))
        let place = UInt64(usedBytes / 8)
        usedBytes += bytes
        // From here on readers may see it.
        view.slots[slot].store(hash & 0xFFFF_FFFF_0000_0000 | place, ordering: .releasing)
    }

    // MARK: Writing out

    /// The newest version of each key that is not younger than `applied`, and `further` rows, in the order of the
    /// stored keys. Valid as long as the table. Preconditions: no thread inserts any more; the table has no key of
    /// `further`.
    func sortedRows(with further: [TableRow] = []) -> [TableRow] {
        var rows = further
        rows.reserveCapacity(further.count + keyCount)
        // A younger version belongs to a batch that failed halfway.
        forEachRow(through: applied.last.index) { row in
            rows.append(row)
            return true
        }
        rows.sort { $0.key.isBefore($1.key) }
        return rows
    }

    /// Calls `body` with the newest version of each key that is not younger than `index`, in no particular order,
    /// until it returns false. Keys that are inserted meanwhile may be missing. Any thread.
    func forEachRow(through index: LogIndex, _ body: (TableRow) -> Bool) {
        for slot in 0...view.slotMask {
            var place = UInt32(truncatingIfNeeded: view.slots[slot].load(ordering: .acquiring))
            while place != 0 {
                let version = view.arena + Int(place) * 8
                if version.load(fromByteOffset: Version.index, as: UInt64.self) <= index.rawValue {
                    guard body(row(version)) else { return }
                    break
                }
                place = version.load(as: UInt32.self)
            }
        }
    }

    private func row(_ version: UnsafeMutableRawPointer) -> TableRow {
        let keyBytes = Int(version.load(fromByteOffset: Version.keyBytes, as: UInt16.self))
        let key = UnsafeRawBufferPointer(start: version + Version.key, count: keyBytes)
        guard case .record(let record) = view.finding(version) else { return TableRow(key: key, record: nil) }
        return TableRow(key: key, record: record)
    }
}

extension UnsafeRawBufferPointer {
    /// The order of RocksDB's keys. Precondition: neither is empty.
    fileprivate func isBefore(_ other: UnsafeRawBufferPointer) -> Bool {
        let order = memcmp(baseAddress!, other.baseAddress!, Swift.min(count, other.count))
        return order != 0 ? order < 0 : count < other.count
    }
}

extension Int {
    fileprivate var roundedUpToPowerOfTwo: Int {
        self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
    }
}
