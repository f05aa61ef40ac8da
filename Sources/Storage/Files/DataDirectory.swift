internal import NIOConcurrencyHelpers
internal import RaftCore

/// The directory of one node, checked and locked by this process until `release`.
///
/// ```
/// skiff.lock     locked while a process uses the directory; its text names that process
/// skiff.node     what the directory is: format version and node id, text
/// skiff.consent  that the node may give up its history (`Consent`); not always there
/// skiff.witness  what the node has promised, in addition to the database (Witness)
/// skiff.kept.*   the log files of the database as a refused start found them (`KeptLogFiles`); not always there
/// db/            the RocksDB database
/// snapshot/      parts of a snapshot that is taken in (`SnapshotIntake`); not always there
/// ```
///
/// `skiff.node` is written last, so a directory that has it was complete once. A directory without it either is not
/// Skiff's, or its creation was cut off before the node could promise anything to anybody.
final class DataDirectory: Sendable {
    /// The format of everything in the directory; rises when an older Skiff could not read the files of a newer one.
    static let formatVersion: UInt32 = 1
    static let nodeIDBytesMax = 255
    static let lockName = "skiff.lock"
    static let markerName = "skiff.node"
    static let databaseName = "db"
    static let snapshotName = "snapshot"

    private enum Name {
        static let lock = lockName
        static let marker = markerName
        static let markerBeingWritten = "skiff.node.tmp"
        static let database = databaseName
        /// The only entry in the root of a fresh file system.
        static let lostAndFound = "lost+found"
    }

    private enum State {
        /// Absent, empty, or its creation was cut off.
        case new
        /// A complete directory of this node.
        case existing
    }

    let path: String
    let nodeID: NodeID
    /// Whether the database may have to be created.
    let isNew: Bool
    let files: DirectoryFiles
    private let lockDescriptor: NIOLockedValueBox<CInt?>

    var databasePath: String { "\(path)/\(Name.database)" }

    /// On the file system of the database, so that files can move there.
    var snapshotPath: String { "\(path)/\(Self.snapshotName)" }

    /// Checks that the directory may serve this node, creates it if it is absent, and locks it. A refusal leaves the
    /// disk unchanged.
    static func claim(
        _ path: String, for nodeID: NodeID, on system: any FileSystem
    ) throws(StorageError) -> DataDirectory {
        try check(nodeID, directory: path)
        let files = DirectoryFiles(path, system)
        _ = try inspect(files, for: nodeID)
        if try files.kind(of: path) == .absent { try files.createDirectory(path) }
        let content = "process \(system.processID), node \(nodeID)\n"
        switch try files.lock("\(path)/\(Name.lock)", content: content) {
        case .held(let descriptor):
            do throws(StorageError) {
                // Inspected again, because before the lock was held another process could have claimed the directory.
                let state = try inspect(files, for: nodeID)
                return DataDirectory(files, nodeID: nodeID, isNew: state == .new, lockDescriptor: descriptor)
            } catch {
                files.unlock(descriptor)
                throw error
            }
        case .taken(let holder):
            throw StorageError(
                code: .locked, directory: path,
                message: "another process (\(holder)) uses it. Stop that process, or choose another directory.")
        }
    }

    private init(_ files: DirectoryFiles, nodeID: NodeID, isNew: Bool, lockDescriptor: CInt) {
        path = files.directory
        self.files = files
        self.nodeID = nodeID
        self.isNew = isNew
        self.lockDescriptor = NIOLockedValueBox(lockDescriptor)
    }

    deinit { release() }

    /// The witness of what the node has promised; in a new directory one that claims nothing.
    func openWitness() throws(StorageError) -> Witness { try Witness.open(in: files, creating: isNew) }

    /// Marks a new directory as complete. Call once its database and its witness exist.
    func markComplete() throws(StorageError) {
        try files.replace(Name.marker, with: Self.marker(for: nodeID))
    }

    /// Removes the files of a snapshot that was being taken in. No part of the node's state depends on one: a file may
    /// be a second name of one that belongs to the database by now, so it is never written to again, and the removal
    /// of the name harms nothing. What somebody else has put there stays.
    func removeSnapshotFiles() throws(StorageError) {
        guard try files.kind(of: snapshotPath) == .directory else { return }
        for name in try files.names(in: snapshotPath).sorted() where SnapshotIntake.isFileName(name) {
            try files.remove("\(Self.snapshotName)/\(name)")
        }
    }

    /// Unlocks the directory for other processes. Precondition: the database is closed.
    func release() {
        let descriptor = lockDescriptor.withLockedValue { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
        if let descriptor { files.unlock(descriptor) }
    }

    // MARK: Checks

    private static func check(_ nodeID: NodeID, directory: String) throws(StorageError) {
        let bytes = nodeID.name.utf8
        guard (1...nodeIDBytesMax).contains(bytes.count), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw StorageError(
                code: .invalidNodeID, directory: directory,
                message: """
                    the node id has \(bytes.count) bytes or holds control characters. Choose 1 to \(nodeIDBytesMax) \
                    printable bytes.
                    """)
        }
    }

    private static func inspect(_ files: DirectoryFiles, for nodeID: NodeID) throws(StorageError) -> State {
        let path = files.directory
        switch try files.kind(of: path) {
        case .absent: return .new
        case .directory: break
        case .other:
            throw StorageError(
                code: .notADirectory, directory: path,
                message: "this is a file. Choose a directory, or a path that does not exist yet.")
        }
        let names = Set(try files.names(in: path)).subtracting([Name.lostAndFound])
        if names.isEmpty { return .new }
        guard names.contains(Name.marker) else {
            let own: Set<String> = [Name.lock, Name.markerBeingWritten, Name.database, Witness.fileName]
            if names.contains(Name.lock) && names.isSubset(of: own) { return .new }
            throw StorageError(
                code: .foreignDirectory, directory: path,
                message: """
                    it is not empty and no data directory of Skiff: there is \(names.sorted()[0]) in it. Choose \
                    another directory, or move these files away.
                    """)
        }
        try checkMarker(files, for: nodeID)
        guard try files.kind(of: "\(path)/\(Name.database)/CURRENT") != .absent else {
            throw StorageError(
                code: .databaseMissing, directory: path,
                message: "the database of this node is gone: db/CURRENT is missing. \(StorageError.replaceNodeAdvice)")
        }
        return .existing
    }

    private static func checkMarker(_ files: DirectoryFiles, for nodeID: NodeID) throws(StorageError) {
        let path = files.directory
        let content = try files.content(of: "\(path)/\(Name.marker)", bytesMax: 4096) ?? []
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[0] == markerTitle, lines[1].hasPrefix(formatLabel),
            lines[2].hasPrefix(nodeLabel), lines[3].isEmpty
        else {
            throw StorageError(
                code: .damaged, directory: path,
                message: "the file \(Name.marker) is not what Skiff wrote. \(StorageError.replaceNodeAdvice)")
        }
        let format = lines[1].dropFirst(formatLabel.count)
        guard format == "\(formatVersion)" else {
            throw StorageError(
                code: .otherFormat, directory: path,
                message: """
                    it has format \(format), and this version of Skiff reads format \(formatVersion). Run the version \
                    that wrote it.
                    """)
        }
        let owner = lines[2].dropFirst(nodeLabel.count)
        guard owner == nodeID.name else {
            throw StorageError(
                code: .otherNode, directory: path,
                message: """
                    it belongs to node \(owner), and this node is \(nodeID). Start with the node id \(owner), or \
                    choose another directory.
                    """)
        }
    }

    // MARK: Marker

    private static let markerTitle = "Skiff data directory"
    private static let formatLabel = "format "
    private static let nodeLabel = "node "

    private static func marker(for nodeID: NodeID) -> String {
        "\(markerTitle)\n\(formatLabel)\(formatVersion)\n\(nodeLabel)\(nodeID)\n"
    }
}
