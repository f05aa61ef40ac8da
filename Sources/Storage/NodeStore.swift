package import ClusterControl
package import HotPath
package import RaftCore
internal import Synchronization

/// Everything that one node keeps on disk: its Raft log, its hard state and its key-value data, in one directory that
/// belongs to this node and, while it is open, to this process.
///
/// The ports of the hot path are `log` and `stateMachine`. The methods of this type are for start, stop and joining:
/// they may block, and they are called while the log and apply threads are idle.
package final class NodeStore: Sendable {
    package let nodeID: NodeID
    package let log: RaftLogStore
    package let stateMachine: KeyValueStore
    /// For event loops: the only part of the store that never waits.
    package let facts = StoreFacts()
    let directory: DataDirectory
    /// Until the start has succeeded.
    let keptLogFiles: KeptLogFiles
    let engine: any StorageEngine
    let snapshotPermits = SnapshotPermits()
    private let isOpen = Atomic<Bool>(true)

    /// Opens the directory of the node `nodeID`, or creates it. Refuses, without changing anything on disk, a directory
    /// that is in use, another node's, of another format, incomplete or not Skiff's.
    package static func open(
        directory path: String, nodeID: NodeID, options: StorageOptions = StorageOptions(),
        on platform: any StorePlatform = SystemPlatform()
    ) throws(StorageError) -> NodeStore {
        try NodeStore(DataDirectory.claim(path, for: nodeID, on: platform.files), options, platform)
    }

    private init(
        _ directory: DataDirectory, _ options: StorageOptions, _ platform: any StorePlatform
    ) throws(StorageError) {
        // First, because they may have filled the disk, on which RocksDB has to write before it is open.
        try directory.removeSnapshotFiles()
        let witness = try directory.openWitness()
        let witnessIsNew = witness.isNew
        var kept = KeptLogFiles(directory)
        if !directory.isNew { try kept.keep() }
        let store: StoreDatabase
        do throws(EngineError) {
            store = try StoreDatabase(
                path: directory.databasePath, options: options, creating: directory.isNew, on: platform)
        } catch {
            let path = directory.databasePath
            let files = DirectoryFiles(directory.path, platform.files)
            if let lost = try LostTableFile(error, database: path, files: files) {
                throw StorageError(directory: directory.path, lost, database: path, error)
            }
            throw StorageError(directory: directory.path, error)
        }
        let identity: IdentityRecord?
        let missing: String?
        do throws(StoreFailure) {
            log = try RaftLogStore(store, facts, witness)
            stateMachine = try KeyValueStore(store, options, facts)
            identity = try log.identity()
            missing = options.has(.ignoresWitness) ? nil : try log.missingPromise()
        } catch {
            throw StorageError(directory: directory.path, unreadable: error, kept.sentence())
        }
        if let identity {
            try Self.check(identity, against: directory)
            // Nothing has a history before its witness is there.
            if witnessIsNew { throw Witness.damage(directory: directory.path, "is missing") }
            facts.note(identity.clusterID, identity.instance)
        }
        // Before anybody founds a history in a database that has lost one.
        if let missing { throw StorageError(directory: directory.path, lost: missing, kept.sentence()) }
        if directory.isNew { try directory.markComplete() }
        nodeID = directory.nodeID
        engine = store.engine
        self.directory = directory
        keptLogFiles = kept
    }

    /// The cluster whose history this node holds; nil for a node that has none yet. Any thread.
    package var clusterID: ClusterID? { facts.clusterID }

    /// Makes all applied entries durable, so that the next start applies nothing again, closes the database and unlocks
    /// the directory, even if it throws. Closing again does nothing. Precondition: no other thread uses the store any
    /// more.
    package func close() throws(StorageError) {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        defer {
            stateMachine.close()
            engine.close()
            directory.release()
        }
        do throws(StoreFailure) {
            try stateMachine.flush()
        } catch {
            throw StorageError(directory: directory.path, unwritable: error)
        }
    }

    // MARK: Histories

    /// Starts the history of a fresh node with entry 1, its first configuration: one durable batch with the cluster id
    /// and the hard state. Refused if the node has a history.
    package func bootstrap(
        clusterID: ClusterID, instance: InstanceID, configurationEntry: Entry, hardState: HardState
    ) throws(StorageError) {
        guard self.clusterID == nil, log.lastAppendedIndex == .zero else {
            throw StorageError(
                code: .notFresh, directory: directory.path,
                message: "this node has a history already. Start it without bootstrap.")
        }
        precondition(configurationEntry.id.index == LogIndex(1), "a history starts at \(configurationEntry.id)")
        precondition(configurationEntry.kind == .configuration, "a history starts with a \(configurationEntry.kind)")
        precondition(
            configurationEntry.id.term <= hardState.currentTerm,
            "a history starts in term \(hardState.currentTerm) with entry \(configurationEntry.id)")
        do throws(StoreFailure) {
            try log.bootstrap(identityRecord(for: clusterID, instance), configurationEntry, hardState)
        } catch {
            throw StorageError(directory: directory.path, unwritable: error)
        }
        facts.note(clusterID, instance)
    }

    /// Drops the node's own history, users' data included, and makes it an empty member of the cluster `clusterID`: one
    /// durable batch over all families, so that a crash leaves the old state or the new one. Term and vote go too,
    /// because they mean nothing in another cluster. If the node was in that cluster already they stay, because it
    /// might otherwise vote twice in one term. `instance` is the directory's new life.
    package func resetForJoin(clusterID: ClusterID, instance: InstanceID) throws(StorageError) {
        do throws(StoreFailure) {
            stateMachine.stopWriting(because: "the history of this node is being removed")
            try log.startOver(
                identityRecord(for: clusterID, instance), in: stateMachine.family.name,
                keepingHardState: self.clusterID == clusterID)
            facts.note(clusterID, instance)
            try stateMachine.startOver()
        } catch {
            throw StorageError(directory: directory.path, unwritable: error)
        }
        facts.startOver()
    }

    /// Whether whoever can write into the directory agrees that the history is given up, and has told this token.
    package func hasConsent(_ token: String) throws(StorageError) -> Bool {
        try Consent.isGiven(token, directory.files)
    }

    /// The same; a token that is right is used up by this.
    package func useConsent(_ token: String) throws(StorageError) -> Bool {
        guard try hasConsent(token) else { return false }
        try Consent.useUp(directory.files)
        return true
    }

    // MARK: Content

    /// Whether the node holds no data of users, neither applied nor waiting in its log. May read much: with many
    /// deletions at the front it walks over all of them. Any thread that may block.
    package func isEmpty() throws(StorageError) -> Bool {
        do throws(StoreFailure) {
            guard try stateMachine.isEmpty() else { return false }
            return try !log.holdsCommands(after: stateMachine.appliedIndex)
        } catch {
            throw StorageError(directory: directory.path, unreadable: error)
        }
    }

    // MARK: Identity

    private func identityRecord(for clusterID: ClusterID, _ instance: InstanceID) -> IdentityRecord {
        IdentityRecord(
            formatVersion: DataDirectory.formatVersion, clusterID: clusterID, instance: instance, nodeID: nodeID)
    }

    /// The database must belong to the node that the marker of the directory names: somebody may have copied one of the
    /// two.
    private static func check(_ identity: IdentityRecord, against directory: DataDirectory) throws(StorageError) {
        guard identity.formatVersion == DataDirectory.formatVersion else {
            throw StorageError(
                code: .otherFormat, directory: directory.path,
                message: """
                    its database has format \(identity.formatVersion), and this version of Skiff reads format \
                    \(DataDirectory.formatVersion). Run the version that wrote it.
                    """)
        }
        guard identity.nodeID == directory.nodeID else {
            throw StorageError(
                code: .otherNode, directory: directory.path,
                message: """
                    its database belongs to node \(identity.nodeID), and this node is \(directory.nodeID). Start with \
                    the node id \(identity.nodeID), or choose another directory.
                    """)
        }
    }
}
