import HotPath
import RaftCore
import Testing

@testable import Storage

@Suite("The log files of the database, as a start has found them,")
struct KeptLogFilesTests {
    let directory = TestDirectory()

    /// A node that was killed after its log had reached entry 3, and the witness as of entry 2.
    private func node() throws -> (image: TestDirectory, olderWitness: [UInt8]) {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write([.put(index: 2)])])
        let olderWitness = directory.witness
        try store.log.append([.write([.put(index: 3, "the last value")])])
        let image = directory.crashImage()
        try store.close()
        return (image, olderWitness)
    }

    private func refusal(_ directory: TestDirectory) -> StorageError? {
        #expect(throws: StorageError.self) {
            let store = try NodeStore.open(directory)
            _ = try store.recover()
        }
    }

    private func kept(in directory: TestDirectory) -> [String: [UInt8]] {
        directory.content.filter { $0.key.hasPrefix(KeptLogFiles.prefix) }
    }

    @Test("are there after a start that was refused, as they were, however often it is tried, and the refusal says so")
    func refused() throws {
        let (image, _) = try node()
        image.tearWriteAheadLog(by: 5)
        let before = TestDirectory.read(try #require(image.writeAheadLogs.last))
        #expect(before.count > 100)

        let first = refusal(image)
        let files = kept(in: image)
        let second = refusal(image)

        #expect(first?.code == .lostData)
        #expect(first?.message.contains("they are kept as \(image.node)/skiff.kept.*.log") == true)
        #expect(second == first)
        #expect(files.values.contains(before))
        #expect(kept(in: image) == files)
        // A part of the last value, which the database has given up.
        let needle = Array("the last".utf8)
        #expect(before.indices.contains { before[$0...].starts(with: needle) })
        // `skiffd inspect` knows what they are.
        let listed = try DirectoryInspection(image.node).listedFiles().filter { $0.name.hasPrefix(KeptLogFiles.prefix) }
        #expect(listed.count == files.count)
        #expect(listed.allSatisfy { $0.meaning.hasPrefix("write-ahead log as a start found it") })
    }

    @Test("are there after a start that has found a gap in the log")
    func gap() throws {
        try NodeStore.bootstrapped(directory).close()
        try tamper(directory) { batch, _ in batch.put(Entry.noop(index: 3).bytes, at: 3) }
        let store = try StoreDatabase(path: "\(directory.node)/db", options: .small, creating: false)
        let batch = store.engine.makeBatch()
        batch.put(Entry.noop(index: 4).bytes, at: 4)
        try batch.write()
        store.engine.close()

        let error = refusal(directory)

        #expect(error?.message.contains("Entry 2 of the log is missing") == true)
        #expect(error?.message.contains("skiff.kept.*.log") == true)
        #expect(!kept(in: directory).isEmpty)
    }

    @Test("are gone after a start that has succeeded, also those that earlier starts have left")
    func succeeded() throws {
        let (image, olderWitness) = try node()
        image.tearWriteAheadLog(by: 5)
        _ = refusal(image)
        #expect(!kept(in: image).isEmpty)
        // The end of the log was never acknowledged, as the witness of that time says.
        image.witness = olderWitness

        let store = try NodeStore.open(image)
        #expect(!kept(in: image).isEmpty)
        #expect(try store.recover().last.index == LogIndex(2))

        #expect(kept(in: image).isEmpty)
        try store.close()
    }

    @Test("are there as well when the database refuses to open, and unchanged in their own place")
    func refusedByTheDatabase() throws {
        let (image, _) = try node()
        #expect(image.flipBit(in: "the last value", ofFilesEndingWith: ".log"))
        let path = try #require(image.writeAheadLogs.last)
        let before = TestDirectory.read(path)

        let error = refusal(image)

        #expect(error?.code == .damaged)
        #expect(error?.message.contains("No data was changed.") == true)
        #expect(TestDirectory.read(path) == before)
        #expect(kept(in: image).values.contains(before))
    }
}
