import HotPath
import NIOCore
import RaftCore
import Testing

@testable import Storage

@Suite("A snapshot that a node has")
struct StoredSnapshotTests {
    private let lab: SnapshotLab

    init() throws { lab = try SnapshotLab() }

    private func rows(_ chunks: [ByteBuffer]) throws -> [[[UInt8]]] {
        var rows: [[[UInt8]]] = []
        for chunk in chunks {
            try SnapshotChunk(decoding: chunk).forEachRow { key, record in rows.append([Array(key), Array(record)]) }
        }
        return rows
    }

    @Test("is the state after its last entry, whatever is applied and merged later")
    func state() throws {
        let digest = try lab.source.digest
        let snapshot = try lab.snapshot()
        let before = try rows(SnapshotLab.chunks(snapshot, bytesMax: 5_000))

        try SnapshotLab.append([.commands(index: 4, term: 2, [.put("key1", "new"), .delete("key2")])], to: lab.source)
        try lab.source.stateMachine.flush()

        #expect(snapshot.lastIncluded == LogID(index: LogIndex(3), term: Term(2)))
        #expect(snapshot.revision == 320)
        #expect(try rows(SnapshotLab.chunks(snapshot, bytesMax: 5_000)) == before)
        #expect(before.count == 161 && before[0][0] == KeyValueKey.applied)
        #expect(try snapshot.total(while: { true }) == digest)
        #expect(try lab.source.digest != digest)
    }

    @Test("comes in the same rows whatever the size of the chunks, also after each key", arguments: [1, 300, 1 << 20])
    func chunks(bytesMax: Int) throws {
        let snapshot = try lab.snapshot()
        let all = try rows(SnapshotLab.chunks(snapshot, bytesMax: 1 << 20))

        let chunks = try SnapshotLab.chunks(snapshot, bytesMax: bytesMax)

        #expect(try rows(chunks) == all)
        #expect(chunks.count == (bytesMax == 1 ? all.count : bytesMax == 300 ? chunks.count : 1))
        for place in [0, 1, 7, all.count - 2] {
            let rest = try SnapshotLab.chunks(snapshot, after: all[place][0], bytesMax: bytesMax)
            #expect(try rows(rest) == Array(all[(place + 1)...]))
        }
        #expect(try SnapshotLab.chunks(snapshot, after: all[all.count - 1][0], bytesMax: bytesMax).isEmpty)
    }

    @Test("is shared by readers that go their own ways")
    func sharing() throws {
        let snapshot = try lab.snapshot()
        let readers = [try snapshot.reader(), try snapshot.reader(after: [1, 0x6b])]
        var chunks: [[ByteBuffer]] = [[], []]
        var wantsMore = true
        while wantsMore {
            wantsMore = false
            for (place, reader) in readers.enumerated() {
                guard let chunk = try reader.nextChunk(bytesMax: 400 + 300 * place) else { continue }
                chunks[place].append(chunk)
                wantsMore = true
            }
        }

        let all = try rows(SnapshotLab.chunks(snapshot, bytesMax: 1 << 20))
        #expect(try rows(chunks[0]) == all)
        #expect(try rows(chunks[1]) == Array(all[1...]))
    }

    @Test("is summed up by the first who has read it, or once by itself")
    func total() throws {
        let snapshot = try lab.snapshot()
        #expect(try snapshot.total(while: { false }) != nil, "it is too small to be asked")
        let other = try lab.snapshot()
        _ = try SnapshotLab.chunks(other, bytesMax: 900)
        #expect(try other.total(while: { false }) == (try lab.source.digest))

        var wrong = try #require(try lab.source.digest)
        wrong.hash += 1
        #expect(throws: StoreFailure.self) { try other.note(wrong) }
    }

    @Test("is summed up as well by one who continues at the place of another")
    func places() throws {
        let snapshot = try lab.snapshot()
        var place = SnapshotPlace(after: [])
        while true {
            let reader = try snapshot.reader(from: place)
            guard try reader.nextChunk(bytesMax: 900) != nil else { break }
            place = reader.place
        }
        var wrong = try #require(try lab.source.digest)
        wrong.hash += 1
        #expect(throws: StoreFailure.self) { try snapshot.note(wrong) }

        // Nobody has read what is before.
        let other = try lab.snapshot()
        let reader = try other.reader(from: SnapshotPlace(after: place.key))
        #expect(try reader.nextChunk() == nil)
        try other.note(wrong)
    }

    @Test("is there twice at the most")
    func bound() throws {
        var snapshots = [try lab.snapshot(), try lab.snapshot()]

        #expect(throws: StorageError.self) { try lab.source.makeSnapshot() }
        snapshots.removeFirst()
        snapshots.append(try lab.snapshot())
        snapshots = []
        _ = try lab.snapshot()
    }

    @Test("does not exist before anything is applied")
    func nothing() throws {
        let directory = TestDirectory()
        let store = try NodeStore.bootstrapped(directory)

        #expect(try store.makeSnapshot() == nil)

        try store.close()
    }
}
