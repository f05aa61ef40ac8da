import HotPath
import KeyValue
import NIOCore
import RaftCore

extension Entry {
    static func commands(index: UInt64, term: UInt64 = 1, _ commands: [TestCommand]) -> Entry {
        .commands(index: index, term: term, encoded: commands.map(\.encoded))
    }

    static func commands(index: UInt64, term: UInt64 = 1, encoded commands: [[UInt8]]) -> Entry {
        Entry(
            id: LogID(index: LogIndex(index), term: Term(term)), kind: .commands, commandCount: commands.count,
            payload: ByteBuffer(bytes: commands.flatMap { $0 }))
    }

    /// An entry with one command whose value starts with `value`.
    static func put(index: UInt64, term: UInt64 = 1, _ value: String = "value") -> Entry {
        commands(index: index, term: term, [.put("key\(index)", value)])
    }

    static func noop(index: UInt64, term: UInt64 = 1) -> Entry {
        Entry(
            id: LogID(index: LogIndex(index), term: Term(term)), kind: .noop, commandCount: 0, payload: ByteBuffer())
    }

    static func configuration(index: UInt64, term: UInt64 = 1) -> Entry {
        Entry(id: LogID(index: LogIndex(index), term: Term(term)), testConfiguration)
    }

    var bytes: [UInt8] { Array(encoded.readableBytesView) }
}

extension LogJob {
    /// A job like those of the replica; the store ignores sequence and notice.
    static func write(
        _ entries: [Entry], truncateFrom: UInt64? = nil, hardState: HardState? = nil
    ) -> LogJob {
        LogJob(
            sequence: 1, truncateFrom: truncateFrom.map { LogIndex($0) }, entries: entries, hardState: hardState,
            notice: FlushNotice(epoch: 1, lastLogID: entries.last?.id ?? .zero, hardState: hardState ?? HardState()))
    }

    /// A job that cuts off the beginning of the log.
    static func compaction(through point: CompactionPoint) -> LogJob {
        var job = write([])
        job.compaction = point
        return job
    }
}

extension LogRange {
    init(_ lower: UInt64, _ upper: UInt64) { self.init(LogIndex(lower), LogIndex(upper)) }
}
