import HotPath
import RaftCore

/// What a start knows of a log.
struct StartedLog: Equatable {
    /// Where it begins.
    var point: CompactionPoint
    var terms: [LogID]
    var last: LogID
    /// Of the entries that are not applied.
    var sizes: [UInt32]
    var configurations: [ConfigurationEntry]
    /// Whether the log is one that the node may have.
    var isWhole = true

    init(_ recovered: Raft.Recovered) {
        point = CompactionPoint(lastIncluded: recovered.compacted, configuration: recovered.configuration)
        terms = recovered.terms
        last = recovered.last
        sizes = recovered.sizes
        configurations = recovered.configurations
    }

    /// `log` has every entry, of which the first `gone` have left the log.
    init(reading log: [Entry], after applied: LogIndex, gone: Int) throws {
        let rest = log.indices.dropFirst(gone)
        terms = rest.filter { $0 == gone || log[$0 - 1].id.term < log[$0].id.term }.map { log[$0].id }
        last = log.last?.id ?? .zero
        sizes = log.dropFirst(Int(applied.rawValue)).map { UInt32($0.encodedBytes) }
        let all = try log.filter { $0.kind == .configuration }.map { entry in
            ConfigurationEntry(index: entry.id.index, configuration: try ConfigurationCodec.decode(entry.payload))
        }
        configurations = all.filter { $0.index.rawValue > UInt64(gone) }
        point = CompactionPoint()
        if gone > 0 {
            point.lastIncluded = log[gone - 1].id
            point.configuration = all.last { $0.index.rawValue <= UInt64(gone) }?.configuration ?? Configuration()
        }
    }
}
