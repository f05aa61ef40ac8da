import HotPath
import KeyValue
import RaftCore
import RocksDB
import Testing

@testable import Storage

/// The bytes here are the format on disk: a change of any of them needs a new format version. The checksums come from
/// another implementation of XXH64.
@Suite("Keys and records on disk")
struct RecordTests {
    private func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    @Test("The key of an entry is its index, big-endian")
    func logKey() {
        let key = LogKey.with(LogIndex(0x0102_0304_0506_0708)) { Array($0) }

        #expect(hex(key) == "0102030405060708")
        #expect(key.withRawBytes { LogKey.index(of: $0) } == LogIndex(0x0102_0304_0506_0708))
        #expect([1, 2, 3].withRawBytes { LogKey.index(of: $0) } == nil)
    }

    @Test("The key that lists an entry as a configuration is index 0, and its own, big-endian")
    func configurationKey() {
        let key = ConfigurationKey.bytes(LogIndex(0x0102_0304_0506_0708))

        #expect(hex(key) == "0000000000000000" + "0102030405060708")
        #expect(key.withRawBytes { ConfigurationKey.index(of: $0) } == LogIndex(0x0102_0304_0506_0708))
        #expect(Array(key.dropLast()).withRawBytes { ConfigurationKey.index(of: $0) } == nil)
        #expect(LogKey.with(LogIndex(1)) { ConfigurationKey.index(of: $0) } == nil)
        for index in [LogIndex.zero, LogKey.end] {
            #expect(ConfigurationKey.start.lexicographicallyPrecedes(ConfigurationKey.bytes(index)))
            #expect(ConfigurationKey.bytes(index).lexicographicallyPrecedes(ConfigurationKey.end))
        }
        #expect(LogKey.with(LogIndex(1)) { Array($0) } == ConfigurationKey.end)
    }

    @Test("The keys of the store's own records are fixed")
    func ownKeys() {
        #expect(MetaKey.identity.rawValue == "identity")
        #expect(MetaKey.hardState.rawValue == "hard_state")
        #expect(MetaKey.compaction.rawValue == "compaction")
        #expect(MetaKey.dataFamily.rawValue == "data_family")
        #expect(hex(KeyValueKey.applied) == "0061")
        #expect(KeyValueKey.Space.user.rawValue == 1)
    }

    @Test("The identity: format version, cluster id, instance, node id")
    func identity() throws {
        let record = IdentityRecord(formatVersion: 1, clusterID: testCluster, instance: testInstance, nodeID: "node1")

        #expect(
            hex(record.encoded)
                == "09fb58d2e6fe65db01010000000807060504030201181716151413121128272625"
                + "24232221383736353433323105006e6f646531")
        let decoded = try record.encoded.withRawBytes { bytes throws(CodecError) in
            try IdentityRecord(decoding: bytes)
        }
        #expect(decoded == record)
    }

    @Test(
        "The hard state: term and vote, and a loss",
        arguments: [
            (HardState(currentTerm: Term(7), votedFor: "node2"), "9a17280e066aee610107000000000000000105006e6f646532"),
            (HardState(currentTerm: Term(3)), "3476c8e61e4c2b3d010300000000000000000000"),
            (
                HardState(
                    currentTerm: Term(7), votedFor: "node2",
                    lostData: LostData(acknowledged: LogID(index: LogIndex(100), term: Term(6)), term: Term(5))),
                "62693ecda0ac3ddf0107000000000000000364000000000000000600000000000000050000000000"
                    + "000005006e6f646532"
            ),
        ])
    func hardState(hardState: HardState, golden: String) throws {
        let record = HardStateRecord.encode(hardState)

        #expect(hex(record) == golden)
        let decoded = try record.withRawBytes { bytes throws(CodecError) in try HardStateRecord.decode(bytes) }
        #expect(decoded == hardState)
    }

    @Test("The applied index: index, term, revision, cluster time, history floor")
    func applied() throws {
        let record = AppliedRecord(
            last: LogID(index: LogIndex(0x21), term: Term(3)), revision: 0x1234, clusterTimeMilliseconds: 0x56,
            historyFloor: 0x78)
        var bytes = [UInt8](repeating: 0xff, count: AppliedRecord.encodedBytes)

        bytes.withUnsafeMutableBytes { record.encode(into: $0) }

        #expect(
            hex(bytes)
                == "c393eb83743cb3650221000000000000000300000000000000341200000000000056000000000000007800000000000000")
        let decoded = try bytes.withRawBytes { bytes throws(CodecError) in try AppliedRecord(decoding: bytes) }
        #expect(decoded == record)
    }

    @Test("The family with the key-value data: its number, which its name has unless it is 0")
    func dataFamily() throws {
        let record = DataFamilyRecord.encode(7)

        #expect(hex(record) == "872a386489622357" + "01" + "0700000000000000")
        #expect(try record.withRawBytes(DataFamilyRecord.decode) == 7)
        for body in [[1, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0]] as [[UInt8]] {
            #expect(throws: CodecError.self) {
                try SystemRecord.encode(body: body).withRawBytes(DataFamilyRecord.decode)
            }
        }
        #expect([StoreFamily.data(0), .data(1), .data(12)].map(\.name) == ["kv", "kv.1", "kv.12"])
        for family in [.log, .metadata, .data(0), .data(1), .data(12)] as [StoreFamily] {
            #expect(StoreFamily(name: family.name) == family)
        }
        for name in ["", "kv.", "kv.0", "kv.01", "kv.-1", "kv.x", "kv1", "default"] {
            #expect(StoreFamily(name: name) == nil)
        }
    }

    @Test("The compaction point: index, term, base configuration")
    func compaction() throws {
        let point = CompactionPoint(
            lastIncluded: LogID(index: LogIndex(0x21), term: Term(3)), configuration: testConfiguration)
        let record = CompactionRecord.encode(point)

        #expect(
            hex(record)
                == "3dae02465f61ed9001210000000000000003000000000000000101010105006e6f6465310900686f73743a3131"
                + "3131000000000000000000000000000000000000000000000000000000")
        let decoded = try record.withRawBytes { bytes throws(CodecError) in try CompactionRecord.decode(bytes) }
        #expect(decoded == point)
        for cut in SystemRecord.headerBytes..<record.count {
            let body = SystemRecord.encode(body: Array(record[SystemRecord.headerBytes..<cut]))
            #expect(throws: CodecError.self) {
                try body.withRawBytes { bytes throws(CodecError) in try CompactionRecord.decode(bytes) }
            }
        }
        #expect(throws: CodecError.self) {
            try CompactionRecord.encode(CompactionPoint(configuration: testConfiguration))
                .withRawBytes { bytes throws(CodecError) in try CompactionRecord.decode(bytes) }
        }
    }

    @Test("A record with any one byte changed, cut off or lengthened is refused")
    func damage() {
        let good = IdentityRecord(formatVersion: 1, clusterID: testCluster, instance: testInstance, nodeID: "node1")
            .encoded
        var damaged = good.indices.map { index in
            var record = good
            record[index] ^= 0x10
            return record
        }
        damaged += (0..<good.count).map { Array(good[..<$0]) }
        damaged.append(good + [0])

        for record in damaged {
            #expect(throws: CodecError.self) {
                try record.withRawBytes { bytes throws(CodecError) in try IdentityRecord(decoding: bytes) }
            }
        }
    }

    @Test("A record with a right checksum and a wrong body is refused, not trusted")
    func wrongBodies() {
        let bodies: [[UInt8]] = [
            [], [1, 2, 3], [7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0], [7, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0, 65],
            [7, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0xff], [7, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0],
            [7, 0, 0, 0, 0, 0, 0, 0, 2] + [UInt8](repeating: 1, count: 23),
        ]
        for body in bodies {
            let record = SystemRecord.encode(body: body)
            #expect(throws: CodecError.self) {
                try record.withRawBytes { bytes throws(CodecError) in try HardStateRecord.decode(bytes) }
            }
            #expect(throws: CodecError.self) {
                try record.withRawBytes { bytes throws(CodecError) in try AppliedRecord(decoding: bytes) }
            }
        }
    }

    @Test("An applied command leaves this record under its key")
    func userRecord() throws {
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        let command = TestCommand(
            key: Array("k".utf8), value: Array("{}".utf8), valueType: .json, contentType: "a/b")

        _ = try store.stateMachine.apply(.commands(index: 1, [command]))

        #expect(
            hex(try #require(try store.stateMachine.record([0x6b]))) == "01010300" + "0100000000000000" + "612f62"
                + "7b7d")
        try store.close()
        try tamper(directory) { _, database in
            let stored = try [0x01, 0x6b].withRawBytes { key throws(StoreFailure) in
                try database.record(forKey: key, named: "k", in: .keyValue) { Array($0) }
            }
            #expect(stored?.count == 17)
        }
    }
}
