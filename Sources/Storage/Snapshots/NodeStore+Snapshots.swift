internal import HotPath
package import RaftCore

/// Snapshots, for other nodes and from them. All of this may block.
extension NodeStore {
    /// A snapshot of the applied state, or of a somewhat older one; nil if nothing is applied. Any thread that may
    /// block.
    package func makeSnapshot() throws(StorageError) -> StoredSnapshot? {
        guard let permit = snapshotPermits.take() else {
            throw StorageError(
                code: .snapshotsHeld, directory: directory.path,
                message: "\(StoredSnapshot.countMax) snapshots of its data are in use. Wait until one is sent.")
        }
        do throws(StoreFailure) {
            try stateMachine.flush()
            return try StoredSnapshot(of: stateMachine.family, in: engine, permit)
        } catch {
            throw StorageError(directory: directory.path, unreadable: error)
        }
    }

    /// Begins to take in the snapshot of the state after entry `lastIncluded`. Precondition: an earlier intake, whose
    /// files go now, is not used any more.
    package func makeIntake(for lastIncluded: LogID) throws(StorageError) -> SnapshotIntake {
        try directory.removeSnapshotFiles()
        if try directory.files.kind(of: directory.snapshotPath) == .absent {
            try directory.files.createDirectory(directory.snapshotPath)
        }
        return SnapshotIntake(
            of: lastIncluded, into: directory.snapshotPath, engine, log.store.options
        ) { [files = directory.files.system, path = directory.snapshotPath] () throws(FileError) in
            try files.room(at: path)
        }
    }

    /// Puts a snapshot in the place of log and key-value data (§7). Hard state and identity stay.
    ///
    /// The files enter a fresh family of the database. Then one synced batch says that this family has the data, and
    /// that the log begins after the snapshot. So a crash at any moment leaves the old state or the new one, and the
    /// next start removes what is in neither. A read meanwhile shows one of the two, and the new one once it has seen
    /// its index. A capture of the old data can be read until it is let go.
    ///
    /// After an error the node must stop: nobody knows which state the disk has. Preconditions: `intake` is complete,
    /// and its snapshot not before the state applied; no entry after it in the log is committed; log and apply threads
    /// are idle; `configuration` is that as of the last entry which the snapshot includes.
    package func install(_ intake: SnapshotIntake, configuration: Configuration) throws(StorageError) {
        precondition(intake.digest != nil, "a snapshot is installed that is not complete")
        precondition(
            intake.lastIncluded.index >= stateMachine.appliedIndex,
            "a snapshot of entry \(intake.lastIncluded) is installed over the state of \(stateMachine.appliedIndex)")
        do throws(StoreFailure) {
            stateMachine.stopWriting(because: "a snapshot is being installed")
            let old = stateMachine.family
            let new = try makeFamily(besides: old)
            let comesLast = log.store.options.has(.switchesBeforeFiles)
            if !comesLast { try fill(new.family, from: intake) }
            let point = CompactionPoint(lastIncluded: intake.lastIncluded, configuration: configuration)
            try log.startAfter(point) { batch in
                batch.put(MetaKey.dataFamily, DataFamilyRecord.encode(new.number))
            }
            if comesLast { try fill(new.family, from: intake) }
            try stateMachine.replaceData(by: new.family, applied: intake.applied)
            try changingFamilies("remove the data before a snapshot") { () throws(EngineError) in
                try engine.dropDataFamily(old.name.dataNumber ?? 0)
            }
            facts.noteReplacedData(engine.hasDroppedFamilies)
        } catch {
            throw StorageError(directory: directory.path, unwritable: error)
        }
    }

    private func makeFamily(
        besides old: any EngineFamily
    ) throws(StoreFailure) -> (family: any EngineFamily, number: Int) {
        let number = (old.name.dataNumber ?? 0) + 1
        return try changingFamilies("make a column family for a snapshot") { () throws(EngineError) in
            try dropLeftovers(besides: old)
            return (try engine.createDataFamily(number), number)
        }
    }

    private func fill(_ family: any EngineFamily, from intake: SnapshotIntake) throws(StoreFailure) {
        try changingFamilies("fill a column family from a snapshot") { () throws(EngineError) in
            try family.ingest(intake.paths)
        }
    }

    /// Meanwhile event loops leave look-ups in the database to other threads, because RocksDB holds its lock for long.
    private func changingFamilies<Result>(
        _ operation: String, _ calls: () throws(EngineError) -> Result
    ) throws(StoreFailure) -> Result {
        stateMachine.lookUps.ingestionBegins()
        defer { stateMachine.lookUps.ingestionEnded() }
        do throws(EngineError) {
            return try calls()
        } catch {
            throw StoreFailure(operation, error)
        }
    }

    // MARK: Leftovers

    /// Removes the files of an intake that is not going to be installed. Precondition: nobody uses it any more. Any
    /// thread that may block.
    package func removeIntakeFiles() throws(StorageError) { try directory.removeSnapshotFiles() }

    /// Frees the disk from data that a snapshot has replaced, unless somebody still reads them: then call it again, as
    /// long as `facts.hasReplacedData`. Any thread that may block.
    package func freeReplacedData() throws(StorageError) {
        defer { facts.noteReplacedData(engine.hasDroppedFamilies) }
        do throws(EngineError) {
            try engine.freeDroppedFamilies()
        } catch {
            throw StorageError(directory: directory.path, error)
        }
    }

    /// Drops families that an interrupted installation has left. Call when the start has succeeded.
    func dropLeftoverFamilies() throws(StorageError) {
        do throws(StoreFailure) {
            try changingFamilies("remove leftovers of a snapshot") { () throws(EngineError) in
                try dropLeftovers(besides: stateMachine.family)
            }
            facts.noteReplacedData(engine.hasDroppedFamilies)
        } catch {
            throw StorageError(directory: directory.path, unwritable: error)
        }
    }

    private func dropLeftovers(besides active: any EngineFamily) throws(EngineError) {
        for number in engine.dataFamilies where number != active.name.dataNumber {
            try engine.dropDataFamily(number)
        }
    }
}
