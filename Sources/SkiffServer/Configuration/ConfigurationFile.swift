internal import Bytes
internal import Glibc

/// The text of a configuration file: of a file, or of anything else that can be read to its end, such as a pipe.
enum ConfigurationFile {
    /// No configuration is this long, and what never ends must not be read without end.
    static let bytesMax = 1 << 20

    static func read(_ path: String) throws(ConfigurationError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, reason(errno)) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw unreadable(path, reason(errno))
            }
            bytes += chunk[..<count]
            guard bytes.count <= bytesMax else { throw unreadable(path, "it has more than \(bytesMax >> 20) MiB") }
        }
        // The mark with which editors of Windows begin a file.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw unreadable(path, "it is not UTF-8")
        }
        return text
    }

    /// Whether nothing is said: only empty lines, comments and the marks between which documents stand.
    static func isBlank(_ text: String) -> Bool {
        text.split(whereSeparator: \.isNewline).allSatisfy { line in
            let content = line.drop(while: \.isWhitespace)
            let words = content.split(whereSeparator: \.isWhitespace)
            guard let first = words.first, !content.hasPrefix("#") else { return true }
            let isMark = first == "---" || first == "..."
            return isMark && (words.count == 1 || words[1].hasPrefix("#"))
        }
    }

    static func unreadable(_ path: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(
            .unreadableFile,
            "cannot read the configuration file \(SettingSource.printable(path)): \(reason.onOneLine)")
    }

    private static func reason(_ number: CInt) -> String {
        switch number {
        case ENOENT: "there is no such file"
        case EISDIR: "it is a directory"
        case EACCES, EPERM: "this process may not read it"
        case ENXIO: "it is a socket or a device that is not there"
        default: String(cString: strerror(number))
        }
    }
}
