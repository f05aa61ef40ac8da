import Glibc

@testable import SkiffServer

/// A pipe of one page, whose reader reads when the test asks for it.
final class SmallPipe: Sendable {
    let writeEnd: CInt
    private let readEnd: CInt

    init() {
        var ends: [CInt] = [0, 0]
        precondition(pipe(&ends) == 0, "no pipe: error \(errno)")
        (readEnd, writeEnd) = (ends[0], ends[1])
        // F_SETPIPE_SZ of fcntl.h.
        precondition(fcntl(writeEnd, 1_031, 4_096) >= 0, "the pipe keeps its size: error \(errno)")
        precondition(fcntl(readEnd, F_SETFL, O_NONBLOCK) == 0, "the reader would wait: error \(errno)")
    }

    deinit { close(readEnd) }

    /// Writes until there is no room.
    func fill() {
        let page = [UInt8](repeating: UInt8(ascii: "x"), count: 4_096)
        precondition(write(writeEnd, page, page.count) == page.count, "the pipe was not empty")
    }

    /// Reads until the writer has nothing left.
    func read(everythingOf writer: LogWriter) -> String {
        var bytes: [UInt8] = []
        repeat { readAvailable(into: &bytes) } while !writer.flush(within: .milliseconds(1))
        readAvailable(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func readAvailable(into bytes: inout [UInt8]) {
        var part = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(readEnd, &part, part.count)
            guard count > 0 else { return }
            bytes += part.prefix(count)
        }
    }
}
