internal import Glibc

/// Conditions that the program creates in its own process before it does anything.
enum StartConditions {
    /// A standard descriptor that the caller closed would be given to the next socket, and reports would go to a
    /// server. Its replacement fails at every use: standard input cannot be read, and the outputs cannot be
    /// written.
    static func openStandardDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Raises the limit of open files as far as it goes. Returns a sentence if that is not far enough for this
    /// many connections.
    static func allowConnections(_ count: Int) -> String? {
        // Threads, reports, questions for the leader, and what the libraries open.
        let needed = UInt64(count) + 64
        var limit = rlimit()
        guard getrlimit(openFiles, &limit) == 0, UInt64(limit.rlim_cur) < needed else { return nil }
        let hardLimit = UInt64(limit.rlim_max)
        limit.rlim_cur = limit.rlim_max
        guard hardLimit >= needed, setrlimit(openFiles, &limit) == 0 else {
            return "--connections \(count) needs \(needed) open files, and the limit is \(hardLimit); see ulimit -n"
        }
        return nil
    }

    private static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
}
