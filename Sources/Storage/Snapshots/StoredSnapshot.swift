package import HotPath
internal import KeyValue
internal import NIOConcurrencyHelpers
package import RaftCore
internal import Synchronization

/// All key-value data after one applied entry, as the database has them on disk, for other nodes that need a snapshot.
/// Nothing is copied: it is a RocksDB snapshot, and because tables enter the database whole, what that shows is exactly
/// the state at the applied record in it. Any number of readers share it; entries are applied meanwhile.
///
/// While it exists, RocksDB keeps every version that it shows, so let go of it when nobody reads any more, and do that
/// on a thread that may block. A store gives out `countMax` at a time. Must be gone before the store is closed.
package final class StoredSnapshot: Sendable {
    /// One for those who read now, and a more recent one.
    package static let countMax = 2

    /// The last entry that the state includes.
    package var lastIncluded: LogID { applied.last }
    /// The revision of the last change.
    package var revision: UInt64 { applied.revision }

    let applied: AppliedRecord
    private let engine: any StorageEngine
    private let family: any EngineFamily
    private let snapshot: any EngineSnapshot
    private let permit: SnapshotPermits.Permit
    /// Of the first reader that has seen everything.
    private let knownTotal = NIOLockedValueBox<StateDigest?>(nil)

    /// The state of now; nil if nothing was applied yet.
    init?(
        of family: any EngineFamily, in engine: any StorageEngine, _ permit: SnapshotPermits.Permit
    ) throws(StoreFailure) {
        let snapshot: any EngineSnapshot
        do throws(EngineError) {
            snapshot = try engine.makeSnapshot()
        } catch {
            throw StoreFailure("take a snapshot", error)
        }
        guard let applied = try Self.applied(in: family, at: snapshot), applied.last.index > .zero else { return nil }
        self.applied = applied
        self.engine = engine
        self.family = family
        self.snapshot = snapshot
        self.permit = permit
    }

    private static func applied(
        in family: any EngineFamily, at snapshot: any EngineSnapshot
    ) throws(StoreFailure) -> AppliedRecord? {
        let operation = "read the applied index of a snapshot"
        let iterator = try makeIterator(over: family, at: snapshot, for: operation)
        KeyValueKey.applied.withRawBytes { iterator.seek(to: $0) }
        guard iterator.isValid, iterator.key.elementsEqual(KeyValueKey.applied) else {
            try iterator.checkStatus(for: operation)
            return nil
        }
        do {
            return try AppliedRecord(decoding: iterator.value)
        } catch {
            throw StoreFailure(operation: operation, message: error.description)
        }
    }

    /// Reads the rows after a key, or all of them. Any thread that may block.
    package func reader(after key: [UInt8]? = nil) throws(StoreFailure) -> SnapshotReader {
        try reader(from: SnapshotPlace(after: key ?? []))
    }

    /// Reads the rows from `place` on, which is one of this snapshot. Any thread that may block.
    package func reader(from place: SnapshotPlace) throws(StoreFailure) -> SnapshotReader {
        SnapshotReader(of: self, from: place, try makeIterator(for: SnapshotReader.operation))
    }

    /// The digest of a node that has taken in all chunks. Whoever reads from the first chunk to the last one sums up as
    /// it goes, also if it continues at a place of another one, and the first one that arrives leaves the sum here. If
    /// nobody has yet, this reads everything once, which takes long. `mayContinue` is asked now and then: once it says
    /// no, there is nothing but nil. Any thread that may block.
    package func total(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest? {
        if let known = knownTotal.withLockedValue({ $0 }) { return known }
        let state = CapturedState(
            .all, applied: applied, tables: [], iterator: try makeIterator(for: "sum up a snapshot"))
        guard let total = try state.digest(while: mayContinue) else { return nil }
        try note(total)
        return total
    }

    /// Somebody has read everything.
    func note(_ total: StateDigest) throws(StoreFailure) {
        let known = knownTotal.withLockedValue { known in
            known = known ?? total
            return known
        }
        guard known == total else {
            throw StoreFailure(
                operation: "sum up a snapshot", message: "two readings of entry \(lastIncluded) have different sums")
        }
    }

    private func makeIterator(for operation: String) throws(StoreFailure) -> any EngineIterator {
        try Self.makeIterator(over: family, at: snapshot, for: operation)
    }

    private static func makeIterator(
        over family: any EngineFamily, at snapshot: any EngineSnapshot, for operation: String
    ) throws(StoreFailure) -> any EngineIterator {
        do throws(EngineError) {
            return try family.makeIterator(from: nil, upTo: nil, at: snapshot)
        } catch {
            throw StoreFailure(operation, error)
        }
    }
}
