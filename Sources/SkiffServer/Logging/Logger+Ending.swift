internal import Glibc
internal import Logging

extension Logger {
    /// Ends the process without its destructors, which could write again, after the last line of the log.
    func endProcess(_ status: CInt) -> Never {
        (handler as? LineLogHandler)?.flush()
        _exit(status)
    }
}
