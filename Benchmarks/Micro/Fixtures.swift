import ClusterControl
import HotPath
import KeyValue
import NIOCore
import RaftCore

/// The data of the benchmarks: puts of 256-byte values under 100,000 keys, the same in every run.
enum Fixtures {
    static let keyCount = 100_000
    static let value = [UInt8](repeating: UInt8(ascii: "x"), count: 256)
    static let cluster = ClusterID(high: 1, low: 2)
    static let configuration = Configuration(members: [
        Member(id: "a", role: .voter), Member(id: "b", role: .voter), Member(id: "c", role: .voter),
    ])

    /// `key00012345`
    static func key(_ number: Int) -> [UInt8] {
        let digits = String(number % keyCount)
        return Array(("key" + String(repeating: "0", count: 8 - digits.utf8.count) + digits).utf8)
    }

    /// Encoded commands that put scattered keys, the first of which is key `number`.
    static func commands(_ count: Int, from number: Int = 0) -> ByteBuffer {
        var commands = ByteBuffer()
        for offset in 0..<count {
            // A step that shares no divisor with the number of keys visits all of them.
            write(putOf: key((number + offset) * 61_333), to: &commands)
        }
        return commands
    }

    static func write(putOf key: [UInt8], to commands: inout ByteBuffer) {
        commands.writeWithUnsafeMutableBytes(minimumWritableBytes: CommandView.headerBytes) { target in
            CommandHeader(kind: .put, keyBytes: key.count, valueBytes: value.count).encode(into: target)
            return CommandView.headerBytes
        }
        commands.writeBytes(key)
        commands.writeBytes(value)
    }

    /// An entry of term 1 with `commandCount` puts.
    static func entry(index: LogIndex, commandCount: Int) -> Entry {
        Entry(
            id: LogID(index: index, term: Term(1)), kind: .commands, commandCount: commandCount,
            payload: commands(commandCount, from: Int(index.rawValue) * commandCount))
    }
}
