internal import ClusterControl
internal import HotPath
internal import RaftCore
internal import Storage

/// What a process has of its disk: a real store on a platform of its own, and the work of its log thread and its flush
/// thread, cut into steps between which time passes. The caller says when.
///
/// ```
/// log thread    submit ──► beginWrite ──► endSync ──► takeNotice
///                             written       durable     known
/// flush thread  (apply fills a table) ──► flushStep: file written ──► flushStep: in the database
/// ```
final class SimulatedStorage {
    enum LogStage {
        case idle
        /// A batch is written, and its sync is under way.
        case syncing
        /// The batch is durable, and nobody knows yet.
        case reporting
    }

    let disk: NodeDisk
    let store: NodeStore
    private let platform: SimulatedPlatform
    private let loopReader: any LoopReader

    private(set) var logStage = LogStage.idle
    private var waitingJobs: [LogJob] = []
    private var writtenJobs: [LogJob] = []
    private var syncs: SimulatedFileSystem.PendingSyncs?
    /// A table has its file, which is not in the database yet.
    private(set) var isFlushing = false

    /// Opens the directory of a node on its disk, or creates it.
    init(
        _ node: NodeID, on disk: NodeDisk, _ settings: StorageSettings, seed: UInt64
    ) throws(StorageError) {
        self.disk = disk
        var options = StorageOptions.simulated(tableBytes: settings.tableBytes)
        #if MUTANTS
        options.mutant = settings.mutant
        #endif
        var model = ModelSettings()
        model.memtableBytes = settings.memtableBytes
        model.filesPerCompaction = settings.filesPerCompaction
        model.cacheMissesPerThousand = settings.cacheMissesPerThousand
        model.seed = seed
        platform = SimulatedPlatform(on: disk.medium, model)
        do throws(StorageError) {
            store = try NodeStore.open(
                directory: "/data/\(node)", nodeID: node, options: options, on: platform)
        } catch {
            platform.fileSystem.kill()
            throw error
        }
        loopReader = store.stateMachine.makeLoopReader()
    }

    // MARK: Start and end

    /// Messages between these nodes pass no handshake that would ask for it.
    private static let instance = InstanceID(high: 1, low: 1)

    /// Starts the history of a cluster with its first entry.
    func bootstrap(_ cluster: ClusterID, _ first: Entry, _ hardState: HardState) throws(StorageError) {
        disk.record.begin(.history(log: [first], hardState: hardState))
        try store.bootstrap(
            clusterID: cluster, instance: Self.instance, configurationEntry: first, hardState: hardState)
        disk.record.complete()
    }

    /// Drops the history of the node and makes it an empty member of a cluster.
    func join(_ cluster: ClusterID) throws(StorageError) {
        let hardState = store.clusterID == cluster ? disk.hardState : HardState()
        disk.record.begin(.history(log: [], hardState: hardState))
        try store.resetForJoin(clusterID: cluster, instance: Self.instance)
        disk.record.complete()
        disk.data = KeyValueState()
        disk.persisted = .zero
    }

    /// The process crashes. What it wrote stays, synced or not, until the power fails.
    func kill() { platform.fileSystem.kill() }

    /// The process ends in order: what waits is written, and everything that is applied becomes durable.
    func close() throws {
        if logStage == .syncing { endSync() }
        if logStage == .reporting { _ = takeNotice() }
        if hasLogWork {
            try beginWrite()
            endSync()
        }
        try store.close()
        kill()
    }

    // MARK: The log thread

    func submit(_ job: LogJob) { waitingJobs.append(job) }

    /// Whether a batch can begin.
    var hasLogWork: Bool { logStage == .idle && !waitingJobs.isEmpty }

    /// The last job of the batch under way.
    var lastWrittenJob: LogJob? { writtenJobs.last }

    /// The last of the jobs that wait for the batch under way.
    var lastWaitingJob: LogJob? { waitingJobs.last }

    /// The snapshot that the next batch installs, and which is all of it.
    var nextInstallation: SnapshotInstallation? { waitingJobs.first?.installation }

    /// Puts a snapshot in the place of log and state, durably. Only the report of it is still to come.
    func install(_ installation: SnapshotInstallation, standingFor entries: [Entry]) throws(StoreFailure) {
        precondition(logStage == .idle, "a batch begins before the one before is reported")
        writtenJobs = [waitingJobs.removeFirst()]
        disk.record.begin(.snapshot(standingFor: entries))
        logStage = .syncing
        try installation.carryOut()
        disk.record.complete()
        disk.persisted = installation.lastIncluded.index
        isFlushing = false
    }

    /// A snapshot of the state for other nodes; nil if nothing is applied.
    func makeSnapshot() throws -> StoredSnapshot? {
        let snapshot = try store.makeSnapshot()
        if !hasFlushWork { isFlushing = false }
        disk.persisted = max(disk.persisted, try store.stateMachine.persistedAppliedIndex())
        return snapshot
    }

    /// Writes everything that waits, up to the next installation, as one batch, whose sync begins.
    func beginWrite() throws(StoreFailure) {
        precondition(logStage == .idle, "a batch begins before the one before is reported")
        let end = waitingJobs.firstIndex { $0.installation != nil } ?? waitingJobs.count
        writtenJobs = Array(waitingJobs[..<end])
        waitingJobs.removeFirst(end)
        disk.record.begin(.batch(writtenJobs))
        logStage = .syncing
        syncs = try platform.fileSystem.beginningSyncs { () throws(StoreFailure) in
            try store.log.append(writtenJobs)
        }
    }

    /// The batch under way is durable. With the bug it only seems so.
    func endSync(isSkipped: Bool = false) {
        precondition(logStage == .syncing, "a sync ends that has not begun")
        if let syncs, !isSkipped { platform.fileSystem.complete(syncs) }
        syncs = nil
        disk.record.complete()
        logStage = .reporting
    }

    /// The sync of the batch under way fails: the process has to end.
    func failSync() {
        precondition(logStage == .syncing, "a sync fails that has not begun")
        if let syncs { platform.fileSystem.fail(syncs) }
        syncs = nil
    }

    /// The last job of the batch that has become durable, for the replica to know.
    func takeNotice() -> LogJob {
        precondition(logStage == .reporting, "a batch is reported that is not durable")
        logStage = .idle
        guard let last = writtenJobs.last else { preconditionFailure("a batch of nothing is reported") }
        writtenJobs.removeAll(keepingCapacity: true)
        return last
    }

    // MARK: The flush thread

    var hasFlushWork: Bool { store.stateMachine.hasFlushWork }

    func flushStep() throws(StoreFailure) -> FlushStep {
        let step = store.stateMachine.flushStep()
        switch step {
        case .wroteFile: isFlushing = true
        case .entered:
            isFlushing = false
            disk.persisted = max(disk.persisted, try store.stateMachine.persistedAppliedIndex())
        case .nothing, .waitsForCompaction, .failed: break
        }
        return step
    }

    /// The data are durable at least through this entry.
    var persistedIndex: LogIndex { store.facts.persistedIndex }
    /// The size of the data on disk.
    var dataBytes: Int { store.facts.dataBytes }

    /// Makes the data durable through `index`, as the maintenance thread does. Returns through where they are.
    func persist(through index: LogIndex) throws(StoreFailure) -> LogIndex {
        let persisted = try store.stateMachine.persist(through: index)
        if !hasFlushWork { isFlushing = false }
        disk.persisted = max(disk.persisted, persisted)
        return persisted
    }

    // MARK: Reads

    /// What an event loop finds without waiting; nil if it would have to wait.
    func readInMemory(key: Int) throws(StoreFailure) -> ShownRecord? {
        var shown = ShownRecord(revision: store.stateMachine.revision)
        var failure: StoreFailure?
        let isFound = Operation.bytes(ofKey: key).withUnsafeBytes { key in
            do throws(StoreFailure) {
                return try loopReader.withRecordInMemory(forKey: key) { shown.show($0) }
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        return isFound ? shown : nil
    }

    /// Whether there is a record of a key that no client asks for.
    func holds(_ key: [UInt8]) throws(StoreFailure) -> Bool {
        var isThere = false
        var failure: StoreFailure?
        key.withUnsafeBytes { key in
            do throws(StoreFailure) {
                try store.stateMachine.withRecord(forKey: key) { isThere = $0 != nil }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return isThere
    }

    /// What a thread finds that may wait for the disk.
    func read(key: Int) throws(StoreFailure) -> ShownRecord {
        var shown = ShownRecord(revision: store.stateMachine.revision)
        var failure: StoreFailure?
        Operation.bytes(ofKey: key).withUnsafeBytes { key in
            do throws(StoreFailure) {
                try store.stateMachine.withRecord(forKey: key) { shown.show($0) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return shown
    }
}
