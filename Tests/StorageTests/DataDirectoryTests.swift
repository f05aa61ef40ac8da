import HotPath
import RaftCore
import RocksDB
import Testing

@testable import Storage

@Suite("A data directory")
struct DataDirectoryTests {
    let directory = TestDirectory()

    /// The error of opening the directory, after a check that opening changed nothing in it.
    private func refusal(nodeID: NodeID = "node1", isInUse: Bool = false) throws -> StorageError {
        let before = directory.content
        let names = TestDirectory.names(in: directory.node)
        let error = try #require(throws: StorageError.self) { try NodeStore.open(directory, nodeID: nodeID) }
        // A store that is open may still be removing files that it has replaced.
        let after = directory.content
        #expect(after.allSatisfy { before[$0.key] == $0.value }, "opening changed or added a file")
        #expect(isInUse || after.count == before.count, "opening removed a file")
        #expect(TestDirectory.names(in: directory.node) == names)
        return error
    }

    @Test("is created for its owner alone, with the directories above it")
    func creation() throws {
        let path = "\(directory.path)/a/b/node"

        let store = try NodeStore.open(directory: path, nodeID: "node1", options: .small)

        #expect(TestDirectory.names(in: path) == ["db", "skiff.lock", "skiff.node", "skiff.witness"])
        #expect(TestDirectory.permissions(of: path) == 0o700)
        let marker = String(decoding: TestDirectory.read("\(path)/skiff.node"), as: UTF8.self)
        #expect(marker == "Skiff data directory\nformat 1\nnode node1\n")
        #expect(store.clusterID == nil)
        try store.close()
    }

    @Test("opens again for the same node, and knows its cluster")
    func reopening() throws {
        try NodeStore.bootstrapped(directory).close()

        let store = try NodeStore.open(directory)

        #expect(store.clusterID == testCluster)
        try store.close()
    }

    @Test("that is empty, or holds only lost+found, is taken")
    func emptyDirectory() throws {
        TestDirectory.makeDirectory(directory.node)
        TestDirectory.makeDirectory("\(directory.node)/lost+found")

        try NodeStore.open(directory).close()

        #expect(
            TestDirectory.names(in: directory.node) == [
                "db", "lost+found", "skiff.lock", "skiff.node", "skiff.witness",
            ])
    }

    @Test("of another node is refused, and the message names both")
    func otherNode() throws {
        try NodeStore.open(directory).close()

        let error = try refusal(nodeID: "node2")

        #expect(error.code == .otherNode)
        #expect(error.message.contains("node1") && error.message.contains("node2"))
    }

    @Test("with other files in it is refused, and the message names one")
    func foreignFiles() throws {
        TestDirectory.makeDirectory(directory.node)
        TestDirectory.write("precious", to: "\(directory.node)/thesis.tex")

        let error = try refusal()

        #expect(error.code == .foreignDirectory)
        #expect(error.message.contains("thesis.tex"))
    }

    @Test("with a foreign folder named like the database is refused")
    func foreignDatabaseFolder() throws {
        TestDirectory.makeDirectory(directory.node)
        TestDirectory.makeDirectory("\(directory.node)/db")

        #expect(try refusal().code == .foreignDirectory)
    }

    @Test("that is a file is refused")
    func file() throws {
        TestDirectory.write("", to: directory.node)

        #expect(try refusal().code == .notADirectory)
    }

    @Test("of another format is refused, and the message says which version can read it")
    func otherFormat() throws {
        try NodeStore.open(directory).close()
        TestDirectory.write("Skiff data directory\nformat 2\nnode node1\n", to: "\(directory.node)/skiff.node")

        let error = try refusal()

        #expect(error.code == .otherFormat)
        #expect(error.message.contains("format 2") && error.message.contains("format 1"))
    }

    @Test(
        "with an unreadable marker is refused",
        arguments: ["", "Skiff data directory\n", "Skiff data directory\nformat 1\nnode node1\nmore\n", "\u{0}\u{1}"])
    func damagedMarker(content: String) throws {
        try NodeStore.open(directory).close()
        TestDirectory.write(content, to: "\(directory.node)/skiff.node")

        #expect(try refusal().code == .damaged)
    }

    @Test("whose database is gone is refused instead of starting empty")
    func missingDatabase() throws {
        try NodeStore.open(directory).close()
        TestDirectory.remove("\(directory.node)/db/CURRENT")

        #expect(try refusal().code == .databaseMissing)
    }

    @Test("serves one process at a time, and the message names the one")
    func lock() throws {
        let store = try NodeStore.open(directory)

        let error = try refusal(isInUse: true)

        #expect(error.code == .locked)
        #expect(error.message.contains("process \(SystemFiles.processID), node node1"))
        try store.close()
        try NodeStore.open(directory).close()
    }

    @Test("is unlocked when its store is released without being closed")
    func lockWithoutClose() throws {
        _ = try NodeStore.open(directory)

        try NodeStore.open(directory).close()
    }

    @Test("is not even created for a node id that cannot be stored", arguments: ["", "a\nb", "\u{7f}"])
    func invalidNodeID(name: String) throws {
        #expect(try refusal(nodeID: NodeID(name)).code == .invalidNodeID)
        #expect(TestDirectory.names(in: directory.path).isEmpty)
    }

    @Test("takes node ids of up to 255 bytes")
    func longNodeID() throws {
        let longest = String(repeating: "n", count: DataDirectory.nodeIDBytesMax)
        #expect(try refusal(nodeID: NodeID(longest + "n")).code == .invalidNodeID)

        try NodeStore.open(directory, nodeID: NodeID(longest)).close()
        try NodeStore.open(directory, nodeID: NodeID(longest)).close()
    }

    @Test("whose creation was cut off before the database was complete is created again")
    func creationCutOff() throws {
        TestDirectory.makeDirectory(directory.node)
        TestDirectory.write("process 1, node node1\n", to: "\(directory.node)/skiff.lock")
        TestDirectory.makeDirectory("\(directory.node)/db")
        TestDirectory.write("MANIFEST", to: "\(directory.node)/db/MANIFEST-000001")

        try NodeStore.bootstrapped(directory).close()

        #expect(TestDirectory.names(in: directory.node) == ["db", "skiff.lock", "skiff.node", "skiff.witness"])
        let store = try NodeStore.open(directory)
        #expect(store.clusterID == testCluster)
        try store.close()
    }

    @Test("whose marker alone is missing keeps its data and gets the marker back")
    func markerMissing() throws {
        try NodeStore.bootstrapped(directory).close()
        TestDirectory.remove("\(directory.node)/skiff.node")

        let store = try NodeStore.open(directory)

        #expect(store.clusterID == testCluster)
        #expect(TestDirectory.names(in: directory.node) == ["db", "skiff.lock", "skiff.node", "skiff.witness"])
        try store.close()
    }

    @Test("that holds the database of another node is refused")
    func foreignDatabase() throws {
        try NodeStore.bootstrapped(directory).close()
        TestDirectory.write("Skiff data directory\nformat 1\nnode node2\n", to: "\(directory.node)/skiff.node")

        let error = #expect(throws: StorageError.self) { try NodeStore.open(directory, nodeID: "node2") }

        #expect(error?.code == .otherNode)
        #expect(error?.message.contains("node1") == true)
    }

    @Test("is not opened with another library than Skiff was compiled for, which says what to install")
    func otherLibrary() {
        let error = StorageError(
            directory: "/d", EngineError(RocksDBError.otherLibrary(for: "open a database")))

        #expect(error.code == .database)
        #expect(error.message.contains("librocksdb"))
        #expect(error.message.contains("compile Skiff again"))
        #expect(!error.message.contains("permissions"))
    }

    @Test("that cannot be created says why and what to do")
    func creationFails() {
        TestDirectory.write("", to: "\(directory.path)/file")

        let error = #expect(throws: StorageError.self) {
            try NodeStore.open(directory: "\(directory.path)/file/node", nodeID: "node1", options: .small)
        }

        #expect(error?.code == .system)
        #expect(error?.description.contains("Not a directory. Check the path") == true)
    }
}
