import HotPath
import RaftCore

/// What a start knows of a log.
struct StartedLog: Equatable {
    var terms: [LogID]
    var last: LogID
    /// Of the entries that are not applied.
    var sizes: [UInt32]
    var configurations: [ConfigurationEntry]
    /// Whether the log is one that the node may have.
    var isWhole = true

    init(_ recovered: Raft.Recovered) {
        terms = recovered.terms
        last = recovered.last
        sizes = recovered.sizes
        configurations = recovered.configurations
    }

    init(reading log: [Entry], after applied: LogIndex) throws {
        terms = log.indices.filter { $0 == 0 || log[$0 - 1].id.term < log[$0].id.term }.map { log[$0].id }
        last = log.last?.id ?? .zero
        sizes = log.dropFirst(Int(applied.rawValue)).map { UInt32($0.encodedBytes) }
        configurations = try log.filter { $0.kind == .configuration }.map { entry in
            ConfigurationEntry(index: entry.id.index, configuration: try ConfigurationCodec.decode(entry.payload))
        }
    }
}
