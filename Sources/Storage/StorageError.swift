internal import HotPath
internal import RaftCore

/// Why a data directory cannot be opened, read or changed. Stops the start of a node, or refuses one request of the
/// control plane. The hot path gets a `StoreFailure` instead, which stops the process.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// The node id cannot be stored.
        case invalidNodeID = "invalid_node_id"
        /// The path names something that is not a directory.
        case notADirectory = "not_a_directory"
        /// The directory holds files that are not Skiff's.
        case foreignDirectory = "foreign_directory"
        /// The directory belongs to another node.
        case otherNode = "other_node"
        /// Another version of Skiff wrote the directory.
        case otherFormat = "other_format"
        /// Another process works on the directory.
        case locked
        /// The directory is a node's, but its database is gone.
        case databaseMissing = "database_missing"
        /// Something on disk differs from what was written.
        case damaged
        /// Entries or state that were durable once are missing.
        case lostData = "lost_data"
        /// The node has a history already.
        case notFresh = "not_fresh"
        /// As many snapshots as there may be are in use.
        case snapshotsHeld = "snapshots_held"
        case noSpace = "no_space"
        /// A system call failed.
        case system
        /// RocksDB failed.
        case database
    }

    package let code: Code
    /// The data directory.
    package let directory: String
    /// Sentences that say what is wrong and what to do.
    package let message: String

    package init(code: Code, directory: String, message: String) {
        self.code = code
        self.directory = directory
        self.message = message
    }

    package var description: String { "data directory \(directory): \(message)" }
}

extension StorageError {
    /// Advice for a node that lost data that it had promised to keep.
    static let replaceNodeAdvice = "\(nothingChanged) \(adviceToReplace)"
    static let nothingChanged = "No data was changed."
    private static let adviceToReplace = """
        If the other members of the cluster hold a majority, remove this node from the cluster, \
        move the directory away and join the node again; else restore a backup of the directory.
        """

    init(directory: String, _ error: EngineError) {
        switch error.kind {
        case .corruption:
            self.init(
                code: .damaged, directory: directory,
                message: "the database is damaged (\(error)). \(Self.replaceNodeAdvice)")
        case .locked:
            self.init(
                code: .locked, directory: directory,
                message: "another process has the database open (\(error)). Stop it, or choose another directory.")
        case .noSpace:
            self.init(
                code: .noSpace, directory: directory,
                message: "the disk is full (\(error)). Free some space and start again.")
        case .otherLibrary:
            self.init(
                code: .database, directory: directory,
                message: """
                    \(error). No data was changed. Install the librocksdb that belongs to the librocksdb-dev of the \
                    build, or compile Skiff again on this machine.
                    """)
        case .inputOutput, .incomplete, .compressionNotLinked, .closed, .other:
            self.init(
                code: .database, directory: directory,
                message: "\(error). Check the permissions of the directory and the disk.")
        }
    }

    init(directory: String, _ error: FileError) {
        let advice =
            switch error.reason {
            case .noSpace: "Free some space and start again."
            case .notPermitted: "Give the user that runs the node the right to write there."
            case .other: "Check the path and the disk."
            }
        self.init(
            code: error.reason == .noSpace ? .noSpace : .system, directory: directory,
            message: "cannot \(error). \(advice)")
    }

    /// The database at `path` misses a table file, and its content is there under another name.
    init(directory: String, _ lost: LostTableFile, database path: String, _ error: EngineError) {
        let leftover = "\(path)/\(TableIngestion.fileName)"
        self.init(
            code: .damaged, directory: directory,
            message: """
                the table file \(lost.name) of its database is missing (\(error)). No data was changed. The disk \
                failed when this file was added, and \(leftover) should be it. Check the disk, then give the file its \
                name back, ln \(leftover) \(path)/\(lost.name), and start again: the start compares the identity of \
                the file. If it is refused, remove this node from the cluster, move the directory away and join the \
                node again.
                """)
    }

    /// The log has an entry of a later release.
    init(directory: String, _ unknown: UnknownEntry, knowing featureLevel: UInt8) {
        self.init(
            code: .otherFormat, directory: directory,
            message: """
                entry \(unknown.index) of its log needs feature level \(unknown.featureLevel), and this release knows \
                levels through \(featureLevel). No data was changed. Start the release that wrote it, or a later one.
                """)
    }

    /// Stored data cannot be read back; `changes` says in a sentence what has changed on the disk.
    init(directory: String, unreadable failure: StoreFailure, _ changes: String = nothingChanged) {
        self.init(
            code: .damaged, directory: directory,
            message: "what was written cannot be read back (\(failure)). \(changes) \(Self.adviceToReplace)")
    }

    /// What the node has promised to keep is not in its database; `complaint` says what, and `changes` what has changed
    /// on the disk.
    init(directory: String, lost complaint: String, _ changes: String) {
        self.init(
            code: .lostData, directory: directory, message: "\(complaint) \(changes) \(Self.adviceToReplace)")
    }

    init(directory: String, unwritable failure: StoreFailure) {
        self.init(
            code: .database, directory: directory,
            message: "a write failed (\(failure)). Check the disk, and start the node again.")
    }
}
