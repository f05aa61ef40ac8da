internal import Glibc

/// The few system calls that a data directory needs. RocksDB does everything else.
struct FileSystem {
    /// The data directory, for error messages.
    let directory: String

    enum Kind {
        case absent, directory, other
    }

    func kind(of path: String) throws(StorageError) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return .absent }
            throw failure("look at", path)
        }
        return status.st_mode & S_IFMT == S_IFDIR ? .directory : .other
    }

    /// The names in a directory, in no order, without `.` and `..`.
    func names(in path: String) throws(StorageError) -> [String] {
        guard let stream = opendir(path) else { throw failure("list", path) }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw failure("list", path) }
        return names
    }

    /// Creates a directory for its owner alone, and missing parents as the user's mask says. Each new name is durable
    /// when this returns.
    func createDirectory(_ path: String) throws(StorageError) {
        let parent = self.parent(of: path)
        if try kind(of: parent) == .absent { try createParent(parent) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("create", path) }
        try syncDirectory(parent)
    }

    private func createParent(_ path: String) throws(StorageError) {
        let parent = self.parent(of: path)
        if try kind(of: parent) == .absent { try createParent(parent) }
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure("create", path) }
        try syncDirectory(parent)
    }

    private func parent(of path: String) -> String {
        var bytes = Array(path.utf8)
        let slash = UInt8(ascii: "/")
        while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
        guard let last = bytes.lastIndex(of: slash) else { return "." }
        return last == 0 ? "/" : String(decoding: bytes[..<last], as: UTF8.self)
    }

    /// The content of a small file, or nil if there is none.
    func content(of path: String, bytesMax: Int) throws(StorageError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        defer { close(descriptor) }
        var content = [UInt8](repeating: 0, count: bytesMax)
        var size = 0
        while size < bytesMax {
            let count = content.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress! + size, bytesMax - size)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { break }
            size += count
        }
        return Array(content[..<size])
    }

    /// Writes a file so that a crash leaves either the new content or the old one. The new content is durable when this
    /// returns.
    func replace(_ name: String, with content: String) throws(StorageError) {
        let path = "\(directory)/\(name)"
        let temporary = path + ".tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", temporary) }
        do throws(StorageError) {
            try write(content, to: descriptor, path: temporary)
            guard fsync(descriptor) == 0 else { throw failure("sync", temporary) }
        } catch {
            close(descriptor)
            throw error
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else { throw failure("rename", temporary) }
        try syncDirectory(directory)
    }

    func syncDirectory(_ path: String) throws(StorageError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", path) }
    }

    private func write(_ content: String, to descriptor: CInt, path: String) throws(StorageError) {
        var rest = Array(content.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Self.systemWrite(descriptor, $0) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    private static func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    }

    // MARK: Lock

    enum Lock {
        case held(descriptor: CInt)
        /// Another open file has it; carries the content of the file, which the holder wrote.
        case taken(by: String)
    }

    /// Locks a file without waiting, creates it if necessary, and writes `content` into it. The lock ends with the
    /// descriptor, at the latest with the process.
    func lock(_ path: String, content: String) throws(StorageError) -> Lock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            guard reason == EWOULDBLOCK else { throw failure("lock", path, reason) }
            let holder = try self.content(of: path, bytesMax: 256) ?? []
            return .taken(by: String(decoding: holder.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        }
        do throws(StorageError) {
            guard ftruncate(descriptor, 0) == 0 else { throw failure("write", path) }
            try write(content, to: descriptor, path: path)
        } catch {
            close(descriptor)
            throw error
        }
        return .held(descriptor: descriptor)
    }

    func unlock(_ descriptor: CInt) { close(descriptor) }

    static var processID: Int32 { getpid() }

    // MARK: Errors

    /// Call right after the failed call, while `errno` is still its own.
    private func failure(_ verb: String, _ path: String, _ reason: CInt = errno) -> StorageError {
        let text = String(cString: strerror(reason))
        let advice =
            switch reason {
            case ENOSPC, EDQUOT: "Free some space and start again."
            case EACCES, EPERM, EROFS: "Give the user that runs the node the right to write there."
            default: "Check the path and the disk."
            }
        return StorageError(
            code: reason == ENOSPC || reason == EDQUOT ? .noSpace : .system, directory: directory,
            message: "cannot \(verb) \(path): \(text). \(advice)")
    }
}
