internal import Glibc

/// Reads what somebody else has written, to its end.
enum InputFile {
    static func text(of path: String) throws(SystemFailure) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemFailure(what: "open \(path)", number: errno) }
        defer { close(file) }
        do {
            return String(decoding: try rest(of: file), as: UTF8.self)
        } catch {
            throw SystemFailure(what: "read \(path)", number: error.number)
        }
    }

    /// Everything from here on.
    static func rest(of file: Int32) throws(SystemFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(file, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemFailure(what: "read", number: errno) }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
        }
    }
}
