package import Storage

/// The file system of a `SimulatedDisk` as one process sees it, until the process or the machine crashes. After that
/// every call fails, so that what is left of a dead process changes nothing. One thread.
///
/// `@unchecked Sendable`: the simulation has one thread.
package final class SimulatedFileSystem: FileSystem, @unchecked Sendable {
    /// Syncs of files that are under way: what they cover is not durable yet, and what the process does after them has
    /// not happened.
    package struct PendingSyncs {
        fileprivate var syncs: [(file: Int, count: Int)] = []
        fileprivate var overwrites: [(file: Int, offset: Int, bytes: [UInt8])] = []

        package var isEmpty: Bool { syncs.isEmpty }
    }

    let disk: SimulatedDisk
    private let boot: Int
    package let processID: Int32
    private var isKilled = false
    private var pending: PendingSyncs?

    init(on disk: SimulatedDisk, boot: Int, processID: Int32) {
        self.disk = disk
        self.boot = boot
        self.processID = processID
    }

    /// False once the process or the machine has crashed.
    package var isAlive: Bool { !isKilled && boot == disk.boot }

    /// The process crashes. What it wrote stays as it is, synced or not, and its locks are gone.
    package func kill() {
        guard isAlive else { return }
        isKilled = true
        disk.locks.removeAll { $0.owner == processID }
    }

    // MARK: Syncs that take time

    /// Calls `body`, in which each sync of a write-ahead log only begins: it returns at once, and what it covers
    /// becomes durable when the result is handed to `complete`.
    package func beginningSyncs<Failure>(_ body: () throws(Failure) -> Void) throws(Failure) -> PendingSyncs {
        precondition(pending == nil, "syncs already only begin")
        pending = PendingSyncs()
        defer { pending = nil }
        try body()
        return pending ?? PendingSyncs()
    }

    /// The syncs have ended. After a crash this does nothing.
    package func complete(_ syncs: PendingSyncs) {
        guard isAlive else { return }
        for sync in syncs.syncs { disk.image.sync(sync.file, through: sync.count) }
        for overwrite in syncs.overwrites {
            overwrite.bytes.withUnsafeBytes { disk.image.overwrite(overwrite.file, at: overwrite.offset, with: $0) }
        }
    }

    /// The syncs have failed: what they cover never becomes durable.
    package func fail(_ syncs: PendingSyncs) {
        guard isAlive else { return }
        for sync in syncs.syncs { disk.image.failSync(sync.file) }
    }

    // MARK: FileSystem

    package func kind(of path: String) throws(FileError) -> FileKind {
        try requireLife("look at", path)
        return switch disk.image.target(of: path) {
        case nil: .absent
        case .file: .other
        case .directory: .directory
        }
    }

    package func names(in path: String) throws(FileError) -> [String] {
        try requireLife("list", path)
        return disk.image.directories[try directory(path, "list")].entries.map(\.name)
    }

    package func room(at path: String) throws(FileError) -> DiskRoom {
        try requireLife("look at the disk of", path)
        return DiskRoom(free: .max, all: .max)
    }

    package func makeDirectory(_ path: String, ownerOnly: Bool) throws(FileError) {
        let (directory, name) = try place(of: path, "create")
        if disk.image.directories[directory].target(of: name) != nil { return }
        try change("create", path)
        disk.image.addDirectory(named: name, to: directory)
    }

    package func content(of path: String, bytesMax: Int) throws(FileError) -> [UInt8]? {
        try requireLife("open", path)
        guard disk.permitsRead() else {
            throw FileError(operation: "read \(path)", reason: .other, message: "Input/output error")
        }
        switch disk.image.target(of: path) {
        case nil: return nil
        case .directory: throw FileError(operation: "read \(path)", reason: .other, message: "Is a directory")
        case .file(let file): return disk.image.files[file].map { Array($0.content.prefix(bytesMax)) }
        }
    }

    package func write(_ content: [UInt8], to path: String) throws(FileError) {
        let file = try create(path)
        try append(content.span.bytes, to: file, path)
        try sync(file, path)
    }

    package func openForOverwriting(_ path: String) throws(FileError) -> any OverwritableFile {
        try requireLife("open", path)
        guard case .file(let file) = disk.image.target(of: path) else {
            throw FileError(operation: "open \(path)", reason: .other, message: "No such file or directory")
        }
        return SimulatedFile(self, file, path)
    }

    /// Replaces bytes of a file, at once or when the syncs that are under way have ended.
    func overwrite(
        _ file: Int, at offset: Int, with bytes: UnsafeRawBufferPointer, _ path: @autoclosure () -> String
    ) throws(FileError) {
        try change("write", path())
        if pending?.syncs.isEmpty == false {
            pending?.overwrites.append((file, offset, Array(bytes)))
        } else {
            disk.image.overwrite(file, at: offset, with: bytes)
        }
    }

    package func rename(_ path: String, to newPath: String) throws(FileError) {
        let (directory, name) = try place(of: path, "rename")
        let (newDirectory, newName) = try place(of: newPath, "rename")
        precondition(directory == newDirectory, "\(path) is moved to another directory")
        guard disk.image.directories[directory].target(of: name) != nil else {
            throw FileError(operation: "rename \(path)", reason: .other, message: "No such file or directory")
        }
        try change("rename", path)
        disk.image.directories[directory].perform(.rename(name, to: newName))
    }

    package func link(_ path: String, as newPath: String) throws(FileError) { _ = try linkFile(path, as: newPath) }

    package func syncDirectory(_ path: String) throws(FileError) {
        let directory = try directory(path, "open")
        try change("sync", path)
        disk.image.syncNames(of: directory)
    }

    package func remove(_ path: String) throws(FileError) {
        try requireLife("remove", path)
        switch disk.image.target(of: path) {
        case nil: return
        case .directory: throw FileError(operation: "remove \(path)", reason: .other, message: "Is a directory")
        case .file: break
        }
        let (directory, name) = try place(of: path, "remove")
        try change("remove", path)
        disk.image.directories[directory].perform(.remove(name))
    }

    package func lock(_ path: String, content: [UInt8]) throws(FileError) -> FileLock {
        try requireLife("lock", path)
        if disk.locks.contains(where: { $0.path == path }) {
            let holder = try self.content(of: path, bytesMax: 256) ?? []
            return .taken(by: String(decoding: holder.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        }
        let file = try create(path)
        try append(content.span.bytes, to: file, path)
        disk.locks.append((path, processID))
        return .held(descriptor: CInt(disk.locks.count))
    }

    /// A process locks one file only.
    package func unlock(_ descriptor: CInt) {
        guard isAlive else { return }
        disk.locks.removeAll { $0.owner == processID }
    }

    // MARK: Files of the database

    /// Creates a file, or empties one. Returns its number.
    func create(_ path: String) throws(FileError) -> Int {
        let (directory, name) = try place(of: path, "create")
        try change("create", path)
        switch disk.image.directories[directory].target(of: name) {
        case nil: return disk.image.addFile(named: name, to: directory)
        case .file(let file):
            disk.image.startOver(file)
            return file
        case .directory: throw FileError(operation: "create \(path)", reason: .other, message: "Is a directory")
        }
    }

    /// Adds bytes to the end of a file: all of them, or as many as fit on the disk.
    func append(_ bytes: RawSpan, to file: Int, _ path: @autoclosure () -> String) throws(FileError) {
        try change("write", path())
        let free = disk.capacityBytes == .max ? Int.max : max(0, disk.capacityBytes - disk.image.bytes)
        let count = min(bytes.byteCount, free)
        bytes.withUnsafeBytes { disk.image.files[file]?.content.append(contentsOf: $0[..<count]) }
        guard count == bytes.byteCount else {
            disk.noteFailure(.space)
            throw FileError(operation: "write \(path())", reason: .noSpace, message: "No space left on device")
        }
    }

    /// Makes the content of a file durable, with `mayBegin` perhaps not at once (`beginningSyncs`).
    func sync(_ file: Int, mayBegin: Bool = false, _ path: @autoclosure () -> String) throws(FileError) {
        try change("sync", path())
        guard disk.permitsSync() else {
            disk.image.failSync(file)
            throw FileError(operation: "sync \(path())", reason: .other, message: "Input/output error")
        }
        guard let count = disk.image.files[file]?.content.count else { return }
        if mayBegin, pending != nil {
            pending?.syncs.append((file, count))
        } else {
            disk.image.sync(file, through: count)
        }
    }

    /// Gives a file a second name. Returns its number.
    func linkFile(_ path: String, as newPath: String) throws(FileError) -> Int {
        let (directory, name) = try place(of: newPath, "link")
        guard case .file(let file) = disk.image.target(of: path) else {
            throw FileError(operation: "link \(path)", reason: .other, message: "No such file or directory")
        }
        try change("link", path)
        disk.image.directories[directory].perform(.add(DiskImage.Entry(name: name, target: .file(file))))
        return file
    }

    // MARK: Conditions

    private func requireLife(_ verb: String, _ path: @autoclosure () -> String) throws(FileError) {
        guard isAlive else {
            throw FileError(operation: "\(verb) \(path())", reason: .other, message: "the process has crashed")
        }
    }

    /// Call before each change of the disk.
    private func change(_ verb: String, _ path: @autoclosure () -> String) throws(FileError) {
        try requireLife(verb, path())
        guard disk.permitsCall() else {
            throw FileError(operation: "\(verb) \(path())", reason: .other, message: "the power has failed")
        }
    }

    private func place(of path: String, _ verb: String) throws(FileError) -> (directory: Int, name: String) {
        try requireLife(verb, path)
        guard let place = disk.image.place(of: path) else {
            throw FileError(operation: "\(verb) \(path)", reason: .other, message: "No such file or directory")
        }
        return place
    }

    private func directory(_ path: String, _ verb: String) throws(FileError) -> Int {
        try requireLife(verb, path)
        guard case .directory(let directory) = disk.image.target(of: path) else {
            throw FileError(operation: "\(verb) \(path)", reason: .other, message: "No such file or directory")
        }
        return directory
    }
}
