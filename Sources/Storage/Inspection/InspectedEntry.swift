internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// One entry of a log.
package struct InspectedEntry: Encodable, Sendable {
    package var index: UInt64
    package var term: UInt64 = 0
    /// Nil if the entry cannot be read.
    package var kind: String?
    package var commands = 0
    package var bytes: Int
    /// With a configuration: its members, each with its role.
    package var members: [String]?
    package var problem: String?

    init(_ index: LogIndex, _ record: UnsafeRawBufferPointer) {
        self.index = index.rawValue
        bytes = record.count
        if record.count >= Entry.headerBytes { term = record.littleEndian64(at: Entry.termOffset) }
        var buffer = ByteBuffer(bytes: record)
        do {
            let entry = try RaftLogStore.entry(decoding: &buffer, at: index)
            kind = "\(entry.kind)"
            commands = entry.commandCount
            members = try entry.checkContent()?.members.map { Self.text(of: $0) }
        } catch {
            problem = "\(error)"
        }
    }

    static func text(of member: Member) -> String { "\(member.id) (\(member.role)) \(member.raftAddress)" }

    package var text: String {
        var text = "\(index)  term \(term)  \(bytes) bytes  \(kind ?? "unreadable")"
        if commands > 0 { text += " (\(commands))" }
        if let members { text += ": " + members.joined(separator: ", ") }
        if let problem { text += "  PROBLEM \(problem)" }
        return text
    }
}
