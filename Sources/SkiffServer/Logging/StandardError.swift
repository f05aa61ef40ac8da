internal import Glibc

/// Standard error of this process.
enum StandardError {
    /// Keeps writes to a pipe or a terminal from waiting for a reader, whoever makes them: the message of a failed
    /// invariant is written by the language's runtime, on the thread that found it.
    ///
    /// The kernel keeps this property with the open file, which other programs may share, and not with the descriptor.
    /// So this process opens the file anew. Where it may not do that, these writes wait.
    static func stopBlocking() {
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return }
        let isPipe = status.st_mode & S_IFMT == S_IFIFO
        guard isPipe || isatty(STDERR_FILENO) == 1 else { return }
        let opened = open("/proc/self/fd/\(STDERR_FILENO)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard opened >= 0 else { return }
        dup2(opened, STDERR_FILENO)
        close(opened)
    }
}
