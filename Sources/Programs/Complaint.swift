internal import Bytes
internal import Glibc

/// What a program says when something is wrong: its name and one line, on standard error.
package enum Complaint {
    package static func write(_ message: String, by program: String) {
        let line = Array("\(program): \(message.onOneLine)\n".utf8)
        // If standard error is closed, nobody can be told.
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
