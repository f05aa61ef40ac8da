/// The files of one data directory: what a `FileSystem` offers, put together to what the directory needs, with errors
/// that name the directory and say what to do.
struct DirectoryFiles {
    let directory: String
    let system: any FileSystem

    init(_ directory: String, _ system: any FileSystem) {
        self.directory = directory
        self.system = system
    }

    func kind(of path: String) throws(StorageError) -> FileKind {
        try naming { () throws(FileError) in try system.kind(of: path) }
    }

    /// The names in a directory, in no order, without `.` and `..`.
    func names(in path: String) throws(StorageError) -> [String] {
        try naming { () throws(FileError) in try system.names(in: path) }
    }

    /// The content of a small file, or nil if there is none.
    func content(of path: String, bytesMax: Int) throws(StorageError) -> [UInt8]? {
        try naming { () throws(FileError) in try system.content(of: path, bytesMax: bytesMax) }
    }

    /// Creates a directory for its owner alone, and missing parents as the user's mask says. Each new name is durable
    /// when this returns.
    func createDirectory(_ path: String) throws(StorageError) {
        try naming { () throws(FileError) in try create(path, ownerOnly: true) }
    }

    private func create(_ path: String, ownerOnly: Bool) throws(FileError) {
        let parent = self.parent(of: path)
        if try system.kind(of: parent) == .absent { try create(parent, ownerOnly: false) }
        try system.makeDirectory(path, ownerOnly: ownerOnly)
        try system.syncDirectory(parent)
    }

    private func parent(of path: String) -> String {
        var bytes = Array(path.utf8)
        let slash = UInt8(ascii: "/")
        while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
        guard let last = bytes.lastIndex(of: slash) else { return "." }
        return last == 0 ? "/" : String(decoding: bytes[..<last], as: UTF8.self)
    }

    /// Writes a file of the directory so that a crash leaves either the new content or the old one. The new content is
    /// durable when this returns.
    func replace(_ name: String, with content: String) throws(StorageError) {
        let path = "\(directory)/\(name)"
        let temporary = path + ".tmp"
        try naming { () throws(FileError) in
            try system.write(Array(content.utf8), to: temporary)
            try system.rename(temporary, to: path)
            try system.syncDirectory(directory)
        }
    }

    /// Removes a file of the directory, if it is there. It stays away when this returns.
    func remove(_ name: String) throws(StorageError) {
        try naming { () throws(FileError) in
            try system.remove("\(directory)/\(name)")
            try system.syncDirectory(directory)
        }
    }

    /// Writes a file of the directory, which has its content and its name for good when this returns. A crash before
    /// that may leave a part of it.
    func create(_ name: String, with content: [UInt8]) throws(StorageError) {
        try naming { () throws(FileError) in
            try system.write(content, to: "\(directory)/\(name)")
            try system.syncDirectory(directory)
        }
    }

    func openForOverwriting(_ path: String) throws(StorageError) -> any OverwritableFile {
        try naming { () throws(FileError) in try system.openForOverwriting(path) }
    }

    func lock(_ path: String, content: String) throws(StorageError) -> FileLock {
        try naming { () throws(FileError) in try system.lock(path, content: Array(content.utf8)) }
    }

    func isLocked(_ path: String) throws(StorageError) -> Bool {
        try naming { () throws(FileError) in try SystemFiles.isLocked(path) }
    }

    func unlock(_ descriptor: CInt) { system.unlock(descriptor) }

    private func naming<Result>(_ calls: () throws(FileError) -> Result) throws(StorageError) -> Result {
        do throws(FileError) {
            return try calls()
        } catch {
            throw StorageError(directory: directory, error)
        }
    }
}
