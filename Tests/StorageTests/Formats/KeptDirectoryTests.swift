import Foundation
import HotPath
import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import Storage

/// A release must read what an earlier one has written. The directory in `Fixtures` was written once; later releases
/// add further ones, and change none. `SKIFF_MAKE_FIXTURE=<path> swift test --filter KeptDirectoryTests` writes one.
@Suite("A directory that was kept")
struct KeptDirectoryTests {
    private static let voters = Configuration(members: [
        Member(
            id: "node1", role: .voter, raftAddress: "host1:1111", httpAddress: "host1:2221", instance: testInstance),
        Member(
            id: "node2", role: .voter, raftAddress: "host2:1111", aliases: ["second"], since: LogIndex(6),
            instance: InstanceID(high: 0x0123_4567_89AB_CDEF, low: 2)),
        Member(id: "node3", role: .learner, raftAddress: "[::1]:1111", since: LogIndex(7)),
    ])

    private static let hardState = HardState(
        currentTerm: Term(5), votedFor: "node2",
        lostData: LostData(acknowledged: LogID(index: LogIndex(4), term: Term(2)), term: Term(3)))

    /// A group that puts `c` and deletes `b`, with one revision.
    private static var group: [UInt8] {
        var operations: [UInt8] = []
        for (kind, key, value) in [(CommandKind.put, "c", "3"), (.delete, "b", "")] {
            var header = [UInt8](repeating: 0, count: OperationView.headerBytes)
            header.withUnsafeMutableBytes {
                OperationView.encodeHeader(
                    kind, kind == .put ? .bytes : nil, keyBytes: 1, valueBytes: value.utf8.count, into: $0)
            }
            operations += header + Array(key.utf8) + Array(value.utf8)
        }
        let header = GroupHeader(hasOneRevision: true, operationCount: 2, operationsBytes: operations.count)
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        return bytes + operations
    }

    /// Applied, and in table files.
    private static var flushed: [Entry] {
        [
            .noop(index: 2),
            .commands(
                index: 3,
                [
                    TestCommand(
                        key: Array("a".utf8), value: Array("{}".utf8), valueType: .json, contentType: "application/json"
                    ),
                    .put("b", "2"), .delete("never", reportsExistence: true), .put("d", "4", if: .absent),
                    .put("d", "not applied", if: .revision(99)),
                ]),
            Entry(
                id: LogID(index: LogIndex(4), term: Term(2)), kind: .commands, commandCount: 1,
                payload: ByteBuffer(bytes: group)),
        ]
    }

    /// In the log only.
    private static var unapplied: [Entry] {
        [
            .commands(index: 5, term: 2, [.put("a", "later"), .delete("d")]),
            Entry(id: LogID(index: LogIndex(6), term: Term(3)), voters), .put(index: 7, term: 3, "last"),
        ]
    }

    private func write(to path: String) throws {
        let store = try NodeStore.open(directory: path, nodeID: "node1", options: .small)
        try store.bootstrap(
            clusterID: testCluster, instance: testInstance, configurationEntry: .configuration(index: 1),
            hardState: HardState(currentTerm: Term(1)))
        try store.log.append([.write(Self.flushed, hardState: HardState(currentTerm: Term(2)))])
        var results: [CommandResult] = []
        try store.stateMachine.apply([.configuration(index: 1)] + Self.flushed, results: &results)
        try store.stateMachine.flush()
        try store.log.append([.write(Self.unapplied, hardState: Self.hardState)])
        try store.close()
    }

    private func check(_ path: String) throws {
        let store = try NodeStore.open(directory: path, nodeID: "node1", options: .small)
        #expect(store.clusterID == testCluster)
        let recovered = try store.recover()
        #expect(recovered.hardState == Self.hardState)
        #expect(recovered.applied == LogIndex(4))
        #expect(recovered.terms.map(\.term.rawValue) == [1, 2, 3])
        #expect(recovered.terms.map(\.index.rawValue) == [1, 4, 6])
        #expect(recovered.last.index == LogIndex(7))
        #expect(
            recovered.configurations == [
                ConfigurationEntry(index: LogIndex(1), configuration: testConfiguration),
                ConfigurationEntry(index: LogIndex(6), configuration: Self.voters),
            ])
        #expect(try store.log.entries(in: LogRange(2, 8), bytesMax: .max) == Self.flushed + Self.unapplied)

        let data = store.stateMachine
        #expect(data.revision == 4)
        #expect(try data.value("a") == "{}")
        #expect(try data.revision("a") == 1)
        #expect(try data.value("b") == nil)
        #expect(try data.value("c") == "3")
        #expect(try data.revision("c") == 4)
        #expect(try data.value("d") == "4")
        try #require(try data.record(Array("a".utf8))).withRawBytes { record throws(CodecError) in
            let view = try RecordView(decoding: record)
            #expect(view.valueType == .json)
            #expect(String(decoding: view.contentType, as: UTF8.self) == "application/json")
        }
        // The node works from there.
        _ = try data.apply(Self.unapplied[0], Self.unapplied[1], Self.unapplied[2])
        #expect(try data.value("a") == "later")
        #expect(try data.value("d") == nil)
        #expect(try data.revision("key7") == 7)
        try data.flush()
        try store.log.append([.write([.put(index: 8, term: 5, "new")])])
        try store.close()
        #expect(try NodeStore.open(directory: path, nodeID: "node1", options: .small).recover().applied == LogIndex(7))
    }

    @Test("of this release holds what was written, and the node works from there")
    func written() throws {
        let directory = TestDirectory()
        try write(to: directory.node)
        try check(directory.node)
    }

    @Test("of each earlier format holds what was written, and the node works from there", arguments: ["format-1"])
    func kept(name: String) throws {
        let source = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
        let directory = TestDirectory()
        try FileManager.default.copyItem(atPath: source.path, toPath: directory.node)
        try check(directory.node)
    }

    @Test(
        "is written when a path is given",
        .enabled(if: ProcessInfo.processInfo.environment["SKIFF_MAKE_FIXTURE"] != nil))
    func make() throws {
        try write(to: try #require(ProcessInfo.processInfo.environment["SKIFF_MAKE_FIXTURE"]))
    }

    // MARK: The next format

    @Test("A directory of the next format is refused by its number, before the database is opened")
    func nextFormat() throws {
        let directory = TestDirectory()
        try write(to: directory.node)
        let path = directory.node + "/skiff.node"
        let text = String(decoding: TestDirectory.read(path), as: UTF8.self)
        let version = DataDirectory.formatVersion
        TestDirectory.write(text.replacing("format \(version)", with: "format \(version + 1)"), to: path)
        let before = directory.content

        let error = #expect(throws: StorageError.self) { try NodeStore.open(directory) }
        #expect(error?.code == .otherFormat)
        #expect(directory.content == before)
    }

    @Test("A log with an entry above the feature level of this release is refused, whether the entry is applied or not")
    func nextLevel() throws {
        for isApplied in [true, false] {
            let directory = TestDirectory()
            let later = FeatureLevel.release + 1
            let raised = Entry(
                id: LogID(index: LogIndex(2), term: Term(1)),
                Configuration(members: testConfiguration.members, featureLevel: later))
            let store = try NodeStore.bootstrapped(directory)
            try store.log.append([.write([raised, .put(index: 3)])])
            if isApplied { _ = try store.stateMachine.apply(.configuration(index: 1), raised, .put(index: 3)) }
            try store.close()

            let error = #expect(throws: StorageError.self) { try NodeStore.open(directory).recover() }
            #expect(error?.code == .otherFormat)
            #expect(error?.message.contains("entry 2 of its log needs feature level \(later)") == true)
            // The release that knows it starts.
            let recovered = try NodeStore.open(directory).recover(knowing: later)
            #expect(recovered.configurations.last?.configuration.featureLevel == later)
        }
    }
}
