internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

extension Entry {
    /// One put that writes a number, of a size that differs from one to the next.
    init(put number: UInt64, at id: LogID) {
        let key = Operation.bytes(ofKey: Int(number % UInt64(Operation.keyCount)))
        let value = Operation.value(number, padding: Int(number % 61))
        let header = CommandHeader(kind: .put, keyBytes: key.count, valueBytes: value.count)
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        self.init(id: id, kind: .commands, commandCount: 1, payload: ByteBuffer(bytes: bytes + key + value))
    }

    /// What a core has generated.
    init(_ generated: GeneratedEntry) {
        switch generated.content {
        case .noop: self.init(id: generated.id, kind: .noop, commandCount: 0, payload: ByteBuffer())
        case .configuration(let configuration):
            self.init(id: generated.id, configuration)
        }
    }
}

extension Effects {
    /// The entry at `index`, if the core has generated it.
    func entry(at index: LogIndex) -> Entry? { generated.first { $0.id.index == index }.map { Entry($0) } }
}
