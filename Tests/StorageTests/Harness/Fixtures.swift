import ClusterControl
import HotPath
import KeyValue
import NIOCore
import RaftCore
import RocksDB

@testable import Storage

let testCluster = ClusterID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718)
let testConfiguration = Configuration(members: [Member(id: "node1", role: .voter, raftAddress: "host:1111")])

extension StorageOptions {
    /// The least that there is.
    static var small: StorageOptions {
        var options = StorageOptions()
        options.memoryBytes = StorageOptions.memoryBytesMin
        return options
    }
}

extension NodeStore {
    static func open(_ directory: TestDirectory, nodeID: NodeID = "node1") throws(StorageError) -> NodeStore {
        try open(directory: directory.node, nodeID: nodeID, options: .small)
    }

    /// A node with a history: entry 1, its configuration, in term 1.
    static func bootstrapped(_ directory: TestDirectory) throws(StorageError) -> NodeStore {
        let store = try open(directory)
        try store.bootstrap(
            clusterID: testCluster, configurationEntry: .configuration(index: 1, term: 1),
            hardState: HardState(currentTerm: Term(1), votedFor: "node1"))
        return store
    }
}

/// One command before it is encoded.
struct TestCommand {
    var kind = CommandKind.put
    var key: [UInt8]
    var value: [UInt8] = []
    var condition = Condition.none
    var reportsExistence = false
    var valueType = ValueType.bytes
    var contentType = ""

    static func put(_ key: String, _ value: String = "value", if condition: Condition = .none) -> TestCommand {
        TestCommand(key: Array(key.utf8), value: Array(value.utf8), condition: condition)
    }

    static func delete(_ key: String, if condition: Condition = .none, reportsExistence: Bool = false) -> TestCommand {
        TestCommand(
            kind: .delete, key: Array(key.utf8), condition: condition, reportsExistence: reportsExistence)
    }

    var encoded: [UInt8] {
        let header = CommandHeader(
            kind: kind, condition: condition, reportsExistence: reportsExistence, valueType: valueType,
            contentTypeBytes: contentType.utf8.count, keyBytes: key.count, valueBytes: value.count)
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        return bytes + Array(contentType.utf8) + key + value
    }
}

extension Entry {
    static func commands(index: UInt64, term: UInt64 = 1, _ commands: [TestCommand]) -> Entry {
        Entry(
            id: LogID(index: LogIndex(index), term: Term(term)), kind: .commands, commandCount: commands.count,
            payload: ByteBuffer(bytes: commands.flatMap(\.encoded)))
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
        Entry(
            id: LogID(index: LogIndex(index), term: Term(term)), kind: .configuration, commandCount: 0,
            payload: ConfigurationCodec.encode(testConfiguration))
    }

    var bytes: [UInt8] { Array(encoded.readableBytesView) }
}

extension LogJob {
    /// A job as the replica makes it; sequence and notice mean nothing to the store.
    static func write(
        _ entries: [Entry], truncateFrom: UInt64? = nil, hardState: HardState? = nil
    ) -> LogJob {
        LogJob(
            sequence: 1, truncateFrom: truncateFrom.map { LogIndex($0) }, entries: entries, hardState: hardState,
            notice: FlushNotice(epoch: 1, lastLogID: entries.last?.id ?? .zero, hardState: hardState ?? HardState()))
    }
}

extension LogRange {
    init(_ lower: UInt64, _ upper: UInt64) { self.init(LogIndex(lower), LogIndex(upper)) }
}

extension RaftLogStore {
    func ids(_ lower: UInt64, _ upper: UInt64) throws(StoreFailure) -> [LogID] {
        try entries(in: LogRange(lower, upper), bytesMax: .max).map(\.id)
    }
}

extension KeyValueStore {
    /// Applies entries and returns what their commands did.
    func apply(_ entries: Entry...) throws(StoreFailure) -> [CommandResult] {
        var results: [CommandResult] = []
        try apply(entries, results: &results)
        return results
    }

    /// The encoded record of a key.
    func record(_ key: [UInt8]) throws(StoreFailure) -> [UInt8]? {
        var found: [UInt8]?
        try key.withRawBytes { key throws(StoreFailure) in
            try withRecord(forKey: key) { record in found = record.map { Array($0) } }
        }
        return found
    }

    func revision(_ key: String) throws -> UInt64? {
        guard let record = try record(Array(key.utf8)) else { return nil }
        return try record.withRawBytes { record throws(CodecError) in try RecordView.revision(of: record) }
    }

    func value(_ key: String) throws -> String? {
        guard let record = try record(Array(key.utf8)) else { return nil }
        return try record.withRawBytes { record throws(CodecError) in
            String(decoding: try RecordView(decoding: record).value, as: UTF8.self)
        }
    }
}

/// Changes the database of a closed node behind the store's back.
func tamper(
    _ directory: TestDirectory, _ change: (inout WriteBatch, StoreDatabase) throws -> Void
) throws {
    let store = try StoreDatabase(path: "\(directory.node)/db", options: .small, creating: false)
    var batch = WriteBatch()
    try change(&batch, store)
    try store.database.write(batch)
    for family in [store.log, store.meta, store.keyValue] { try store.database.flush(family) }
    store.database.close()
}

extension WriteBatch {
    mutating func put(_ entry: [UInt8], at index: UInt64, in log: ColumnFamily) {
        entry.withRawBytes { value in LogKey.with(LogIndex(index)) { key in put(key, value, in: log) } }
    }

    mutating func deleteEntry(at index: UInt64, in log: ColumnFamily) {
        LogKey.with(LogIndex(index)) { key in delete(key, in: log) }
    }
}
