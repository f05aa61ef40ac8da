import Glibc
import Testing

/// A named pipe that is full until the test reads it.
final class UnreadPipe: Sendable {
    let path: String
    private let descriptor: CInt

    init(in directory: TemporaryDirectory) throws {
        path = directory.path.appending(path: "unread")
        try #require(mkfifo(path, 0o600) == 0)
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        try #require(descriptor >= 0)
        fill()
    }

    deinit { close(descriptor) }

    func fill() {
        let junk = [UInt8](repeating: UInt8(ascii: "\n"), count: 4_096)
        while write(descriptor, junk, junk.count) > 0 {}
    }

    /// Takes everything that is in it now.
    func read() -> String {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += part.prefix(count)
        }
    }
}
