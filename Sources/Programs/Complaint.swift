internal import Bytes
internal import Glibc

/// The line on standard error with which a program says that something is wrong; its own name stands first.
package enum Complaint {
    private static let patienceMilliseconds: CInt = 1_000

    package static func write(_ message: String, by program: String) {
        let line = Array("\(program): \(message.onOneLine)\n".utf8)
        // The reader of a full pipe or a stopped terminal may never continue, and a program that ends waits for nobody.
        var entry = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, patienceMilliseconds) > 0 else { return }
        // If standard error is closed, nobody can be told.
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
