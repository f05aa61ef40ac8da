import ClusterControl
import HotPath
import KeyValue
import NIOCore
import RaftCore
import Storage

@testable import ClusterSimulation

let testCluster = ClusterID(high: 1, low: 2)

extension NodeStore {
    static func open(
        _ platform: SimulatedPlatform, nodeID: NodeID = "node1", mutant: Mutant? = nil
    ) throws(StorageError) -> NodeStore {
        var options = StorageOptions.simulated(tableBytes: 4_096)
        #if MUTANTS
        options.mutant = mutant
        #endif
        return try open(directory: "/data/node", nodeID: nodeID, options: options, on: platform)
    }

    /// Starts a history in `testCluster`: entry 1, its configuration, in term 1.
    func bootstrap() throws(StorageError) {
        let configuration = Configuration(members: [Member(id: "node1", role: .voter, raftAddress: "host:1111")])
        let entry = Entry(
            id: LogID(index: LogIndex(1), term: Term(1)), kind: .configuration, commandCount: 0,
            payload: ConfigurationCodec.encode(configuration))
        try bootstrap(
            clusterID: testCluster, instance: InstanceID(high: 1, low: 1), configurationEntry: entry,
            hardState: HardState(currentTerm: Term(1)))
    }
}

extension Entry {
    /// An entry that puts a value of its own under each of some keys.
    static func puts(_ index: UInt64, term: UInt64, keys: ClosedRange<Int>) -> Entry {
        let commands = keys.map { key in command("key\(key)", "value \(index).\(term)") }
        return Entry(
            id: LogID(index: LogIndex(index), term: Term(term)), kind: .commands, commandCount: commands.count,
            payload: ByteBuffer(bytes: commands.flatMap { $0 }))
    }

    private static func command(_ key: String, _ value: String) -> [UInt8] {
        let header = CommandHeader(
            kind: .put, condition: .none, reportsExistence: false, valueType: .bytes, contentTypeBytes: 0,
            keyBytes: key.utf8.count, valueBytes: value.utf8.count)
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        return bytes + Array(key.utf8) + Array(value.utf8)
    }
}

extension LogJob {
    static func write(_ entries: [Entry], truncateFrom: UInt64? = nil, hardState: HardState? = nil) -> LogJob {
        LogJob(
            sequence: 1, truncateFrom: truncateFrom.map { LogIndex($0) }, entries: entries, hardState: hardState,
            notice: FlushNotice(epoch: 1, lastLogID: entries.last?.id ?? .zero, hardState: hardState ?? HardState()))
    }
}

extension KeyValueStore {
    func value(_ key: String) throws -> String? {
        var record: [UInt8]?
        let key = Array(key.utf8)
        let outcome: Result<Void, StoreFailure> = key.withUnsafeBytes { key in
            Result { () throws(StoreFailure) in try withRecord(forKey: key) { record = $0.map { Array($0) } } }
        }
        try outcome.get()
        return try record.map { record in
            let value: Result<String, CodecError> = record.withUnsafeBytes { record in
                Result { () throws(CodecError) in
                    String(decoding: try RecordView(decoding: record).value, as: UTF8.self)
                }
            }
            return try value.get()
        }
    }
}
