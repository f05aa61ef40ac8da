internal import Glibc

/// An open file of the system, mapped into memory: what is written to it costs no system call, and the kernel has it
/// when the process dies. Where a file system maps no files it is written by calls.
final class SystemFile: OverwritableFile, @unchecked Sendable {
    // Checked by hand: whoever has it uses it on one thread at a time, as the protocol asks.
    private let path: String
    private let descriptor: CInt
    private let mapping: UnsafeMutableRawBufferPointer?

    /// Opens an existing file, whose size stays as it is.
    init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFiles.failure("open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let failure = SystemFiles.failure("look at", path)
            close(descriptor)
            throw failure
        }
        let size = Int(status.st_size)
        let start = size > 0 ? mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) : MAP_FAILED
        mapping = start == MAP_FAILED ? nil : UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    deinit {
        if let mapping, let start = mapping.baseAddress { munmap(start, mapping.count) }
        close(descriptor)
    }

    func overwrite(at offset: Int, with bytes: UnsafeRawBufferPointer) throws(FileError) {
        if let mapping {
            // The size is checked here, because a store past the end of the file would end the process.
            precondition(offset + bytes.count <= mapping.count, "\(path) is written past its end")
            return UnsafeMutableRawBufferPointer(rebasing: mapping[offset...]).copyMemory(from: bytes)
        }
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemFiles.failure("write", path) }
            done += count
        }
    }

    /// Also of what was written through the mapping (fsync(2), mmap(2): MAP_SHARED).
    func sync() throws(FileError) {
        guard fdatasync(descriptor) == 0 else { throw SystemFiles.failure("sync", path) }
    }
}
