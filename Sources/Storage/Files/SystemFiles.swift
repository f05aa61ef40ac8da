internal import Glibc

/// The files of the system, by system calls.
struct SystemFiles: FileSystem {
    static var processID: Int32 { getpid() }

    var processID: Int32 { Self.processID }

    // MARK: Looking

    func kind(of path: String) throws(FileError) -> FileKind {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return .absent }
            throw Self.failure("look at", path)
        }
        return status.st_mode & S_IFMT == S_IFDIR ? .directory : .other
    }

    func names(in path: String) throws(FileError) -> [String] {
        guard let stream = opendir(path) else { throw Self.failure("list", path) }
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
        guard errno == 0 else { throw Self.failure("list", path) }
        return names
    }

    func content(of path: String, bytesMax: Int) throws(FileError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure("open", path)
        }
        defer { close(descriptor) }
        var content = [UInt8](repeating: 0, count: bytesMax)
        var size = 0
        while size < bytesMax {
            let count = content.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress! + size, bytesMax - size)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("read", path) }
            if count == 0 { break }
            size += count
        }
        return Array(content[..<size])
    }

    func room(at path: String) throws(FileError) -> DiskRoom {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw Self.failure("look at the disk of", path) }
        func bytes(_ blocks: fsblkcnt_t) -> Int {
            let (bytes, overflow) = UInt64(blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize))
            return overflow ? .max : Int(clamping: bytes)
        }
        return DiskRoom(free: bytes(status.f_bavail), all: bytes(status.f_blocks))
    }

    /// The size of a file; nil if nobody can tell.
    static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Whether another open file has locked this one. A file that does not exist is not locked.
    static func isLocked(_ path: String) throws(FileError) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return false }
            throw failure("open", path)
        }
        // Closing it unlocks it again.
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return false }
        guard errno == EWOULDBLOCK else { throw failure("lock", path) }
        return true
    }

    // MARK: Changing

    func makeDirectory(_ path: String, ownerOnly: Bool) throws(FileError) {
        guard mkdir(path, ownerOnly ? 0o700 : 0o777) == 0 || errno == EEXIST else { throw Self.failure("create", path) }
    }

    func write(_ content: [UInt8], to path: String) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("create", path) }
        defer { close(descriptor) }
        try write(content, to: descriptor, path: path)
        guard fsync(descriptor) == 0 else { throw Self.failure("sync", path) }
    }

    func openForOverwriting(_ path: String) throws(FileError) -> any OverwritableFile { try SystemFile(path) }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        guard Glibc.rename(path, newPath) == 0 else { throw Self.failure("rename", path) }
    }

    func link(_ path: String, as newPath: String) throws(FileError) {
        guard Glibc.link(path, newPath) == 0 else { throw Self.failure("link", path) }
    }

    func syncDirectory(_ path: String) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure("sync", path) }
    }

    func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure("remove", path) }
    }

    private func write(_ content: [UInt8], to descriptor: CInt, path: String) throws(FileError) {
        var rest = content[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    // MARK: Lock

    func lock(_ path: String, content: [UInt8]) throws(FileError) -> FileLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            guard reason == EWOULDBLOCK else { throw Self.failure("lock", path, reason) }
            let holder = try self.content(of: path, bytesMax: 256) ?? []
            return .taken(by: String(decoding: holder.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        }
        do throws(FileError) {
            // In the place of the former text, which takes no room.
            try write(content, to: descriptor, path: path)
            guard ftruncate(descriptor, off_t(content.count)) == 0 else { throw Self.failure("write", path) }
        } catch {
            guard error.reason == .noSpace else {
                close(descriptor)
                throw error
            }
            // The text only helps whoever finds the directory locked, and a start may be about to make room.
            ftruncate(descriptor, 0)
        }
        return .held(descriptor: descriptor)
    }

    func unlock(_ descriptor: CInt) { close(descriptor) }

    // MARK: Errors

    /// Call right after the failed call, while `errno` is still its own.
    static func failure(_ verb: String, _ path: String, _ number: CInt = errno) -> FileError {
        let reason: FileError.Reason =
            switch number {
            case ENOSPC, EDQUOT: .noSpace
            case EACCES, EPERM, EROFS: .notPermitted
            default: .other
            }
        return FileError(operation: "\(verb) \(path)", reason: reason, message: String(cString: strerror(number)))
    }
}
