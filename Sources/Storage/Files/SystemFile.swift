internal import Glibc

/// An open file of the system.
final class SystemFile: OverwritableFile {
    private let path: String
    private let descriptor: CInt

    /// Opens an existing file.
    init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFiles.failure("open", path) }
    }

    deinit { close(descriptor) }

    func overwrite(at offset: Int, with bytes: UnsafeRawBufferPointer) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemFiles.failure("write", path) }
            done += count
        }
    }

    func sync() throws(FileError) {
        guard fdatasync(descriptor) == 0 else { throw SystemFiles.failure("sync", path) }
    }
}
