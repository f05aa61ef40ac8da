internal import RaftCore
internal import Synchronization

/// The tables of a `MemTableStack` as one event loop reads them: a copy of the list, which the loop takes anew only
/// when the list has changed. A read so touches no lock and no counter that another loop writes to, and allocates
/// nothing. Confined to the loop.
///
/// The family of the database travels with the list, and is used without counting references either: a node that has
/// taken in a snapshot reads from the new family as soon as it reads without the old tables.
///
/// Memory is safe because `layers` keeps every table of `views` alive until `renew` replaces both. A table that has
/// left the stack is in the database and no longer changes, and its arena goes back to the pool only with its last
/// reference. So a copy that is out of date costs memory, which `renew` on a timer bounds, and nothing else:
///
/// - What a reader may see, up to the published index, is in tables of this copy or in the database. The apply thread
///   adds a table to the list, counts the change, inserts into the table and only then publishes an index from it. A
///   reader loads the index first and the count of changes afterwards, so it sees the change if it sees the index.
/// - A table leaves the list only once the database has it.
struct PinnedTables: ~Copyable {
    private let stack: MemTableStack
    private var changes: UInt64
    private var layers: DataLayers
    /// Newest first, with room for as many as a stack has.
    private let views: UnsafeMutablePointer<MemTableView>
    private var count = 0

    init(of stack: MemTableStack) {
        self.stack = stack
        views = .allocate(capacity: MemTableStack.countMax)
        (changes, layers) = stack.currentWithChanges
        copyViews()
    }

    // Views need no deinitialization: they are plain addresses.
    deinit { views.deallocate() }

    /// Takes the list anew if it has changed. Invalidates what `find` returned.
    mutating func renew() {
        guard stack.changes != changes else { return }
        (changes, layers) = stack.currentWithChanges
        copyViews()
    }

    private mutating func copyViews() {
        count = layers.tables.count
        precondition(count <= MemTableStack.countMax, "there are \(count) tables in memory")
        for (place, table) in layers.tables.enumerated() { (views + place).initialize(to: table.view) }
    }

    /// The newest version of a key that is not younger than `index`, over all tables as they are now. Load the index
    /// before. A record is valid until the next call here.
    mutating func find(_ key: StoredKey, through index: LogIndex) -> MemTable.Finding {
        renew()
        let hash = MemTable.hash(key)
        for place in 0..<count {
            let finding = views[place].find(key, hash: hash, through: index)
            if case .nothing = finding { continue }
            return finding
        }
        return .nothing
    }

    /// The value of a key in the family below the tables of the last `find`, if that is in memory; otherwise this
    /// throws `EngineError.Kind.incomplete`.
    borrowing func withValueInFamily(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        try layers.family.withValue(forKey: key, onlyInMemory: true, body)
    }
}
