internal import Glibc

/// The files, sockets and devices that this process has open, and how many it may have.
package enum OpenFiles {
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    /// Raises the limit as far as this process may: shells and service managers set it low for programs that have not
    /// been changed since 1980. Returns the limit that holds then.
    @discardableResult
    package static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else {
            preconditionFailure("the limit of open files cannot be read: error \(errno)")
        }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        let isRaised = setrlimit(resource, &raised) == 0
        return Int(clamping: isRaised ? raised.rlim_cur : limit.rlim_cur)
    }

    /// How many there are now; nil if the system does not say.
    package static func count() -> Int? {
        let path = "/proc/self/fd"
        var status = stat()
        // Linux has the number in the size of the directory since 6.2.
        if stat(path, &status) == 0, status.st_size > 0 { return Int(status.st_size) }
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            // The directory itself has two entries with a dot.
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        // Without the one that the directory is read through.
        return count - 1
    }

    /// A standard descriptor that the caller closed would be given to the next file or socket, and what is written to
    /// it would go to a peer or into the store. Its replacement fails at every use: standard input cannot be read, and
    /// the outputs cannot be written.
    package static func openStandardDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
