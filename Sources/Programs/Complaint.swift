internal import Bytes
internal import Glibc

/// The line on standard error with which a program says that something is wrong; its own name stands first.
package enum Complaint {
    package static func write(_ message: String, by program: String) {
        let line = Array("\(program): \(message.onOneLine)\n".utf8)
        // If standard error is closed, nobody can be told.
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
