package import HotPath
internal import KeyValue
package import NIOCore
package import RaftCore

/// Takes in the chunks of one snapshot, in order, and writes their rows to sorted table files in the directory of the
/// node, for `NodeStore.install`. Needs memory for a chunk and for what RocksDB keeps of the file that is being
/// written, however large the snapshot is. One thread at a time, which may block.
///
/// A chunk is checked as a whole before anything of it is taken, so a refused one can be asked for again. The files do
/// not survive the process: after a start the snapshot begins anew.
package final class SnapshotIntake {
    private static let operation = "take in a snapshot"

    /// The last entry that the snapshot includes.
    package let lastIncluded: LogID
    /// The key of the last row taken in, after which the sender continues; empty before the first one.
    package private(set) var lastKey: [UInt8] = []
    /// The state of the snapshot once `finish` has returned.
    package private(set) var digest: StateDigest?

    private(set) var applied = AppliedRecord()
    /// The complete files, in the order of their keys.
    private(set) var paths: [String] = []
    private let engine: any StorageEngine
    private let directory: String
    private let options: StorageOptions
    private let room: () throws(FileError) -> DiskRoom
    private var file: (writer: any EngineTableFile, path: String, bytes: Int)?
    private var sum = SnapshotSum()
    private var failure: IntakeRefusal?

    /// `directory` is empty, and on the file system of the database, which has this much `room`.
    init(
        of lastIncluded: LogID, into directory: String, _ engine: any StorageEngine, _ options: StorageOptions,
        room: @escaping () throws(FileError) -> DiskRoom
    ) {
        precondition(lastIncluded.index > .zero, "a snapshot without entries is taken in")
        self.lastIncluded = lastIncluded
        self.directory = directory
        self.engine = engine
        self.options = options
        self.room = room
    }

    /// Takes in the next chunk. After a refusal everything is as before, unless its code is `disk`.
    package func add(_ encoded: ByteBuffer) throws(IntakeRefusal) {
        try requireUse()
        try requireRoom(for: encoded.readableBytes)
        let chunk = try decode(encoded)
        try check(chunk)
        do throws(EngineError) {
            try chunk.forEachRow { (key, record) throws(EngineError) in try put(key, record) }
        } catch {
            throw fail(error)
        }
    }

    /// Completes the files, after the last chunk, and checks that they are the state that the sender names.
    package func finish(_ total: StateDigest) throws(IntakeRefusal) {
        try requireUse()
        let digest = sum.digest(at: applied)
        guard !lastKey.isEmpty, digest == total || options.has(.trustsChunks) else {
            throw refuse(
                .wrongTotal,
                """
                the snapshot of entry \(lastIncluded) has \(digest.keyCount) keys and the digest \(digest.hash), and \
                \(total.keyCount) keys and \(total.hash) were sent
                """)
        }
        do throws(EngineError) {
            try completeFile()
        } catch {
            throw fail(error)
        }
        self.digest = digest
    }

    // MARK: Checks

    private func requireUse() throws(IntakeRefusal) {
        if let failure { throw failure }
        precondition(digest == nil, "a snapshot that is complete is taken in further")
    }

    /// A snapshot that fills the disk must not be what the node's own log and data fail for, now or at a start.
    private func requireRoom(for bytes: Int) throws(IntakeRefusal) {
        let room: DiskRoom
        do throws(FileError) {
            room = try self.room()
        } catch {
            throw refuse(.disk, "\(Self.operation): \(error.message)")
        }
        let reserve = options.diskReserveBytes(of: room)
        if room.free - bytes < reserve {
            throw refuse(
                .disk,
                """
                \(Self.operation): the disk of \(directory) has \(room.free >> 20) MiB left, and the node keeps \
                \(reserve >> 20) MiB for its log. Make room there
                """)
        }
    }

    private func decode(_ encoded: ByteBuffer) throws(IntakeRefusal) -> SnapshotChunk {
        do throws(CodecError) {
            return try SnapshotChunk(decoding: encoded)
        } catch {
            throw IntakeRefusal(error.isOfLaterRelease ? .laterRelease : .damaged, error.description)
        }
    }

    private func check(_ chunk: SnapshotChunk) throws(IntakeRefusal) {
        guard chunk.lastIncluded == lastIncluded else {
            throw IntakeRefusal(
                .otherSnapshot,
                "a chunk of the snapshot of entry \(chunk.lastIncluded) comes to that of \(lastIncluded)")
        }
        guard chunk.previousKey == lastKey || options.has(.trustsChunks) else {
            throw IntakeRefusal(.outOfOrder, "a chunk does not begin where the one before has ended")
        }
        var next = applied
        var isFirst = lastKey.isEmpty
        try chunk.forEachRow { (key, record) throws(IntakeRefusal) in
            if isFirst { next = try appliedRecord(key, record) } else { try Self.checkRow(key, record) }
            isFirst = false
        }
        applied = next
    }

    /// The applied record has the lowest key of all.
    private func appliedRecord(
        _ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer
    ) throws(IntakeRefusal) -> AppliedRecord {
        guard key.elementsEqual(KeyValueKey.applied) else {
            throw IntakeRefusal(.damaged, "a snapshot does not begin with the record of the applied entry")
        }
        let applied: AppliedRecord
        do throws(CodecError) {
            applied = try AppliedRecord(decoding: record)
        } catch {
            throw IntakeRefusal(
                error.isOfLaterRelease ? .laterRelease : .damaged, "the record of the applied entry: \(error)")
        }
        guard applied.last == lastIncluded else {
            throw IntakeRefusal(.damaged, "a snapshot of entry \(lastIncluded) holds the state of \(applied.last)")
        }
        return applied
    }

    /// After the applied record come at most the verdicts, and then the users' records. What a later release keeps
    /// there of its own must not get lost on a node that does not know what it means.
    private static func checkRow(
        _ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer
    ) throws(IntakeRefusal) {
        do throws(CodecError) {
            if key.elementsEqual(KeyValueKey.verdicts) {
                _ = try VerdictsRecord(decoding: record)
            } else if let stored = StoredKey(key), stored.space == .user {
                _ = try RecordView(decoding: record)
            } else {
                throw CodecError(
                    "a snapshot has a record of the store that this release does not know", isOfLaterRelease: true)
            }
        } catch {
            throw IntakeRefusal(error.isOfLaterRelease ? .laterRelease : .damaged, error.description)
        }
    }

    // MARK: Files

    private static let suffix = ".sst"

    /// Whether an intake gives such names to files.
    static func isFileName(_ name: String) -> Bool {
        name.hasSuffix(suffix) && Int(name.dropLast(suffix.count)).map { $0 >= 0 } == true
    }

    private func put(_ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer) throws(EngineError) {
        if let file, file.bytes >= options.snapshotFileBytes { try completeFile() }
        if file == nil {
            let path = "\(directory)/\(paths.count + 1)\(Self.suffix)"
            file = (try engine.startTableFile(path), path, 0)
        }
        try file?.writer.put(key, record)
        file?.bytes += key.count + record.count
        guard let stored = StoredKey(key) else { preconditionFailure("a row that was checked has no stored key") }
        sum.add(stored, record)
        lastKey.removeAll(keepingCapacity: true)
        lastKey.append(contentsOf: key)
    }

    private func completeFile() throws(EngineError) {
        guard let file else { return }
        try file.writer.finish()
        paths.append(file.path)
        self.file = nil
    }

    /// Nothing can be taken in any more.
    private func refuse(_ code: IntakeRefusal.Code, _ message: String) -> IntakeRefusal {
        let refusal = IntakeRefusal(code, message)
        failure = refusal
        return refusal
    }

    private func fail(_ error: EngineError) -> IntakeRefusal { refuse(.disk, "\(Self.operation): \(error)") }
}
