internal import HotPath
internal import NIOConcurrencyHelpers
internal import RaftCore
internal import Synchronization

/// The tables of the key-value data that are in memory, newest first, over the family of the database with the rest. A
/// key that no table has may be in the family.
///
/// ```
/// active ──► waiting for the flush thread … ──► in the database already, kept for readers …
/// ```
///
/// The apply thread inserts into the active table and replaces it when it is full. If no table may be dropped then,
/// because the disk is behind, the apply thread waits. The limit of unapplied entries then makes users wait too.
final class MemTableStack: Sendable {
    /// The most tables in memory, the active one included.
    static let countMax = 4

    private let tableBytes: Int
    private let flusher: MemTableFlusher
    private let memory = ArenaPool()
    private let layers: NIOLockedValueBox<DataLayers>
    /// How often the list has changed. Changed with the list locked.
    private let changeCount = Atomic<UInt64>(0)

    /// The tables follow the state `applied`, which `family` has.
    init(tableBytes: Int, flusher: MemTableFlusher, behind applied: AppliedRecord, over family: any EngineFamily) {
        self.tableBytes = tableBytes
        self.flusher = flusher
        let first = MemTable(capacityBytes: tableBytes, behind: applied, memory: memory)
        layers = NIOLockedValueBox(DataLayers(tables: [first], family: family))
    }

    /// Any thread; event loops have `PinnedTables`.
    var current: DataLayers { layers.withLockedValue { $0 } }

    /// How often the list has changed. Any thread.
    var changes: UInt64 { changeCount.load(ordering: .acquiring) }

    /// The list, and how often it had changed by then. Any thread.
    var currentWithChanges: (changes: UInt64, layers: DataLayers) {
        layers.withLockedValue { (changeCount.load(ordering: .relaxed), $0) }
    }

    /// The table to insert into. Apply thread only.
    var active: MemTable {
        // There always is one.
        layers.withLockedValue { $0.tables[0] }
    }

    /// Replaces the active table if it lacks this room. Apply thread only.
    func makeRoom(bytes: Int, keys: Int) throws(StoreFailure) {
        let full = active
        if full.hasRoom(bytes: bytes, keys: keys) { return }
        try replaceActive(bytesMin: bytes, keysMin: keys)
    }

    /// Waits until `rotate` can do its work. Any thread that may block.
    func waitForRoom() throws(StoreFailure) { try flusher.wait(untilAtMost: Self.waitingMax) }

    /// Hands the active table to the flush thread, if it has anything new, without waiting. Returns what to wait for
    /// until everything before is durable; nil, with nothing done, if there is no room for another table.
    /// Precondition: no thread inserts meanwhile.
    func rotate() throws(StoreFailure) -> MemTableFlusher.Ticket? {
        if active.hasNews {
            guard flusher.isWaiting(withAtMost: Self.waitingMax) else { return nil }
            try replaceActive(bytesMin: 0, keysMin: 0)
        }
        return flusher.ticket
    }

    /// Waits until everything before `rotate` is durable. Any thread that may block.
    func wait(for ticket: MemTableFlusher.Ticket) throws(StoreFailure) { try flusher.wait(for: ticket) }

    /// With the full table and the new one, the tables then are within the limit.
    private static let waitingMax = countMax - 2

    private func replaceActive(bytesMin: Int, keysMin: Int) throws(StoreFailure) {
        let full = active
        try waitForRoom()
        let next = MemTable(
            capacityBytes: max(tableBytes, bytesMin + 64), keyCountMax: keysMin, behind: full.applied,
            memory: memory)
        try flusher.submit(full, over: current.family)
        layers.withLockedValue { layers in
            if layers.tables.count >= Self.countMax { layers.tables.removeLast() }
            layers.tables.insert(next, at: 0)
            changeCount.wrappingAdd(1, ordering: .releasing)
        }
    }

    /// From now on no table enters the database; readers still see them. Precondition: no thread inserts meanwhile.
    func stopFlushing() { flusher.discard() }

    /// Drops all tables, and puts an empty one over `family`, which has the state `applied`: readers find all of the
    /// old state or all of the new one. Preconditions: `stopFlushing` was called; no thread inserts meanwhile.
    func replaceAll(over family: any EngineFamily, behind applied: AppliedRecord) {
        let first = MemTable(capacityBytes: tableBytes, behind: applied, memory: memory)
        layers.withLockedValue {
            $0 = DataLayers(tables: [first], family: family)
            changeCount.wrappingAdd(1, ordering: .releasing)
        }
    }

    /// Sets the handler that is called once, on the flush thread, if a table cannot be written. Call before anything is
    /// applied.
    func onFailure(_ handler: @escaping @Sendable (StoreFailure) -> Void) { flusher.onFailure(handler) }

    /// Whether the active table could be replaced without waiting. Apply thread only.
    var hasRoom: Bool { flusher.isWaiting(withAtMost: Self.waitingMax) }

    /// Whether a table waits for the flush thread. Any thread.
    var hasFlushWork: Bool { !flusher.isWaiting(withAtMost: 0) }

    /// Does the next piece of the work of the flush thread.
    func flushStep() -> FlushStep { flusher.step() }

    /// Ends the flush thread.
    func close() { flusher.close() }
}
