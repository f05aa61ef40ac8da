internal import Glibc

/// A file for a report. Whether it can be written is checked before the run, not after an hour of it.
///
/// The content is first written to a temporary file in the same folder, so that an earlier report is replaced as a
/// whole or stays. A pipe or a device is written in place.
package struct ReportFile: Sendable {
    package struct Failure: Error, Sendable, Equatable {
        package var message: String
    }

    package let path: String
    private let isWrittenInPlace: Bool

    /// Checks that the file can be written, and leaves no trace.
    package init(_ path: String) throws(Failure) {
        self.path = path
        guard !path.isEmpty else { throw Failure(message: "a file name is empty") }
        var status = stat()
        let exists = stat(path, &status) == 0
        let kind = status.st_mode & S_IFMT
        if exists, kind == S_IFDIR { throw Failure(message: "cannot write \(path): it is a directory") }
        isWrittenInPlace = exists && kind != S_IFREG
        if exists, access(path, W_OK) != 0 { throw Self.failure(path, errno) }
        guard !isWrittenInPlace else { return }
        let trial = open(temporaryPath, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard trial >= 0 else { throw Self.failure(path, errno) }
        close(trial)
        unlink(temporaryPath)
    }

    /// Replaces the content. If the disk is full, the old content stays.
    package func write(_ text: String) throws(Failure) {
        let destination = isWrittenInPlace ? path : temporaryPath
        let flags = isWrittenInPlace ? O_WRONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
        let descriptor = open(destination, flags, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        var problem = Self.writeAll(text, to: descriptor)
        if close(descriptor) != 0, problem == 0 { problem = errno }
        if problem == 0, !isWrittenInPlace, rename(temporaryPath, path) != 0 { problem = errno }
        guard problem == 0 else {
            if !isWrittenInPlace { unlink(temporaryPath) }
            throw Self.failure(path, problem)
        }
    }

    /// Returns 0 or the error number.
    package static func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = sendBytes(descriptor, rest.baseAddress, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written >= 0 else { return errno }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
            return 0
        }
    }

    private var temporaryPath: String { "\(path).\(getpid()).partial" }

    private static func failure(_ path: String, _ number: Int32) -> Failure {
        Failure(message: "cannot write \(path): \(String(cString: strerror(number)))")
    }
}

/// `write(2)` under another name, because a method named `write` would hide it.
private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
