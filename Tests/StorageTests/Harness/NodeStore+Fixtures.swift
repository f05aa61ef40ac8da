import ClusterControl
import HotPath
import KeyValue
import RaftCore
import RocksDB

@testable import Storage

let testInstance = InstanceID(high: 0x2122_2324_2526_2728, low: 0x3132_3334_3536_3738)
let testCluster = ClusterID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718)
let testConfiguration = Configuration(members: [Member(id: "node1", role: .voter, raftAddress: "host:1111")])

extension StorageOptions {
    /// The smallest options.
    static var small: StorageOptions {
        var options = StorageOptions()
        options.memoryBytes = StorageOptions.memoryBytesMin
        // However busy the machine is, no look-up of a test counts as slow.
        options.slowLookUpNanoseconds = 3_600_000_000_000
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
            clusterID: testCluster, instance: testInstance, configurationEntry: .configuration(index: 1, term: 1),
            hardState: HardState(currentTerm: Term(1), votedFor: "node1"))
        return store
    }
}

extension RaftLogStore {
    func ids(_ lower: UInt64, _ upper: UInt64) throws(StoreFailure) -> [LogID] {
        try entries(in: LogRange(lower, upper), bytesMax: .max).map(\.id)
    }
}

extension KeyValueStore {
    /// Applies entries and returns the results of their commands.
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
        try record(Array(key.utf8)).map { try Self.value(of: $0) }
    }

    /// The value in an encoded record.
    static func value(of record: [UInt8]) throws -> String {
        try record.withRawBytes { record throws(CodecError) in
            String(decoding: try RecordView(decoding: record).value, as: UTF8.self)
        }
    }
}

extension LoopReader {
    /// The encoded record of a key, nil if there is none; nil instead of either if memory does not say.
    func recordInMemory(_ key: String) throws(StoreFailure) -> [UInt8]?? {
        var found: [UInt8]?
        let isInMemory = try Array(key.utf8).withRawBytes { key throws(StoreFailure) in
            try withRecordInMemory(forKey: key) { record in found = record.map { Array($0) } }
        }
        return isInMemory ? .some(found) : .none
    }

    /// The value of a key that is certainly in memory, nil if there is none.
    func valueInMemory(_ key: String) throws -> String? {
        guard let found = try recordInMemory(key) else {
            throw StoreFailure(operation: "read", message: "not in memory")
        }
        return try found.map { try KeyValueStore.value(of: $0) }
    }
}
