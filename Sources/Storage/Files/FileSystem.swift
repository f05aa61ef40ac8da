/// The few calls of a file system that a data directory needs. The engine of the database does everything else. The
/// system's own in a node (`SystemFiles`), a simulated one in the simulator.
package protocol FileSystem: Sendable {
    /// Names this process among those that could use a directory.
    var processID: Int32 { get }

    func kind(of path: String) throws(FileError) -> FileKind

    /// The names in a directory, in no order, without `.` and `..`.
    func names(in path: String) throws(FileError) -> [String]

    /// The room on the disk that `path` is on.
    func room(at path: String) throws(FileError) -> DiskRoom

    /// Creates a directory, for its owner alone or as the user's mask says. An existing one stays as it is.
    func makeDirectory(_ path: String, ownerOnly: Bool) throws(FileError)

    /// The first `bytesMax` bytes of a file, or nil if there is none.
    func content(of path: String, bytesMax: Int) throws(FileError) -> [UInt8]?

    /// Creates a file, or replaces the content of one. The content is durable when this returns; a new name is not.
    func write(_ content: [UInt8], to path: String) throws(FileError)

    /// Opens an existing file to replace bytes in it.
    func openForOverwriting(_ path: String) throws(FileError) -> any OverwritableFile

    /// Gives a file a name in the same directory that another file may have; that one loses it.
    func rename(_ path: String, to newPath: String) throws(FileError)

    /// Gives a file a second name, which no file has, on the same disk.
    func link(_ path: String, as newPath: String) throws(FileError)

    /// Makes the names in a directory durable.
    func syncDirectory(_ path: String) throws(FileError)

    /// Removes the name of a file, if there is one.
    func remove(_ path: String) throws(FileError)

    /// Locks a file without waiting, creates it if necessary, and writes `content` into it. The lock ends with
    /// `unlock`, at the latest with the process.
    func lock(_ path: String, content: [UInt8]) throws(FileError) -> FileLock

    func unlock(_ descriptor: CInt)
}

/// What a path names.
package enum FileKind: Sendable {
    case absent, directory, other
}

/// How much fits on a disk, in bytes.
package struct DiskRoom: Sendable {
    /// What this process may still write.
    var free: Int
    /// All that there is, taken or not.
    var all: Int

    package init(free: Int, all: Int) {
        self.free = free
        self.all = all
    }
}

/// The outcome of an attempt to lock a file.
package enum FileLock: Sendable {
    case held(descriptor: CInt)
    /// Another open file has it; carries the first line of the file, which the holder wrote.
    case taken(by: String)
}
