import HotPath
import NIOCore
import RaftCore
import Testing

@testable import Storage

@Suite("A snapshot that is taken in")
struct SnapshotIntakeTests {
    private let lab: SnapshotLab
    private let snapshot: StoredSnapshot
    private let follower: NodeStore
    private let chunks: [ByteBuffer]

    init() throws {
        lab = try SnapshotLab()
        snapshot = try lab.snapshot()
        follower = try lab.follower()
        chunks = try SnapshotLab.chunks(snapshot, bytesMax: 700)
    }

    private func intake(_ id: LogID? = nil) throws -> SnapshotIntake {
        try follower.makeIntake(for: id ?? snapshot.lastIncluded)
    }

    private func refusal(_ intake: SnapshotIntake, _ chunk: ByteBuffer) throws -> IntakeRefusal.Code {
        let key = intake.lastKey
        let refusal = try #require(throws: IntakeRefusal.self) { try intake.add(chunk) }
        #expect(intake.lastKey == key)
        return refusal.code
    }

    /// A chunk of one row.
    private func chunk(after key: [UInt8] = [], _ row: [UInt8], _ record: [UInt8]) -> ByteBuffer {
        var writer = SnapshotChunk.Writer(snapshot.lastIncluded, after: key, rowBytes: 64)
        row.withRawBytes { row in record.withRawBytes { writer.add(row, $0) } }
        return writer.finish()
    }

    private func total() throws -> StateDigest { try #require(try snapshot.total(while: { true })) }

    @Test("has become sorted files of bounded size, and the state that was sent")
    func files() throws {
        let intake = try intake()
        for chunk in chunks { try intake.add(chunk) }
        try intake.finish(try total())

        #expect(intake.digest == (try lab.source.digest))
        let names = TestDirectory.names(in: "\(lab.directory.node)/snapshot")
        #expect(names.count == intake.paths.count && names.count > 2)
        try follower.close()
    }

    @Test("continues after a broken connection where it was")
    func resumption() throws {
        let intake = try intake()
        for chunk in chunks[..<3] { try intake.add(chunk) }
        #expect(try refusal(intake, chunks[2]) == .outOfOrder)

        for chunk in try SnapshotLab.chunks(snapshot, after: intake.lastKey, bytesMax: 2_000) { try intake.add(chunk) }
        try intake.finish(try total())

        #expect(intake.digest == (try lab.source.digest))
        try follower.close()
    }

    @Test("refuses chunks that are damaged, too early or of another snapshot, and takes the right one then")
    func refusals() throws {
        let intake = try intake()
        #expect(try refusal(intake, chunks[1]) == .outOfOrder)
        try intake.add(chunks[0])

        #expect(try refusal(intake, chunks[0]) == .outOfOrder)
        #expect(try refusal(intake, chunks[2]) == .outOfOrder)
        var damaged = chunks[1]
        damaged.setInteger(damaged.getInteger(at: 60, as: UInt8.self)! ^ 1, at: 60)
        #expect(try refusal(intake, damaged) == .damaged)
        let id = LogID(index: LogIndex(9), term: Term(2))
        let other = SnapshotIntake(of: id, into: "", lab.source.engine, StorageOptions()) {
            DiskRoom(free: .max, all: .max)
        }
        #expect(try refusal(other, chunks[0]) == .otherSnapshot)

        for chunk in chunks[1...] { try intake.add(chunk) }
        try intake.finish(try total())
        try follower.close()
    }

    @Test("ends while the disk still has room for the node's own log, which is less on a small disk")
    func reserve() throws {
        let options = StorageOptions()
        #expect(options.diskReserveBytes(of: DiskRoom(free: 0, all: 1 << 40)) == 96 << 20 + 2 * options.memTableBytes)
        #expect(options.diskReserveBytes(of: DiskRoom(free: 0, all: 100 << 20)) == 10 << 20)
        var free = 10 << 20 + chunks[0].readableBytes
        let directory = "\(lab.directory.node)/snapshot"
        _ = try intake()
        let intake = SnapshotIntake(of: snapshot.lastIncluded, into: directory, follower.engine, options) {
            DiskRoom(free: free, all: 100 << 20)
        }
        try intake.add(chunks[0])
        free -= chunks[0].readableBytes
        let refusal = #expect(throws: IntakeRefusal.self) { try intake.add(chunks[1]) }
        #expect(refusal?.code == .disk && refusal?.message.contains("has 10 MiB left") == true)
        try follower.close()
        #expect(try SystemFiles().room(at: lab.directory.node).free > 0)
    }

    @Test("refuses records that no release knows, and a beginning that is not the applied record of its entry")
    func records() throws {
        let intake = try intake()
        #expect(try refusal(intake, chunk([1, 0x61], [])) == .damaged)
        #expect(try refusal(intake, chunk(KeyValueKey.applied, [1, 2, 3])) == .damaged)
        var record = [UInt8](repeating: 0, count: AppliedRecord.encodedBytes)
        record.withUnsafeMutableBytes { AppliedRecord(last: LogID(index: LogIndex(2), term: Term(2))).encode(into: $0) }
        #expect(try refusal(intake, chunk(KeyValueKey.applied, record)) == .damaged)
        try intake.add(chunks[0])

        #expect(try refusal(intake, chunk(after: intake.lastKey, [1, 0xFF], [1])) == .damaged)
        let later: [UInt8] = [1, 1, 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0]
        #expect(try refusal(intake, chunk(after: intake.lastKey, [1, 0xFF], later)) == .laterRelease)
        #expect(try refusal(intake, chunk(after: intake.lastKey, [3, 1], [])) == .laterRelease)
        let second = try self.intake()
        record.withUnsafeMutableBytes { AppliedRecord(last: snapshot.lastIncluded).encode(into: $0) }
        try second.add(chunk(KeyValueKey.applied, record))
        #expect(try refusal(second, chunk(after: KeyValueKey.applied, [0, 0x62], [1])) == .laterRelease)
        try follower.close()
    }

    @Test("refuses another number of keys or digest than the sender has, and cannot be used then")
    func wrongTotal() throws {
        let right = try total()
        for change in 0..<3 {
            let intake = try intake()
            for chunk in chunks.dropLast(change == 2 ? 1 : 0) { try intake.add(chunk) }
            var total = right
            if change == 0 { total.keyCount += 1 }
            if change == 1 { total.hash += 1 }

            let refusal = #expect(throws: IntakeRefusal.self) { try intake.finish(total) }

            #expect(refusal?.code == .wrongTotal)
            #expect(throws: IntakeRefusal.self) { try intake.finish(right) }
            #expect(intake.digest == nil)
        }
        #expect(throws: IntakeRefusal.self) { try intake().finish(right) }
        try follower.close()
    }

    @Test("leaves its files to the next one and to the next start, which remove them")
    func leftovers() throws {
        for _ in 0..<2 { try intake().add(chunks[0]) }
        let abandoned = try intake()
        for chunk in chunks { try abandoned.add(chunk) }
        try follower.close()
        #expect(!TestDirectory.names(in: "\(lab.directory.node)/snapshot").isEmpty)
        TestDirectory.write(Array("mine".utf8), to: "\(lab.directory.node)/snapshot/notes")
        TestDirectory.makeDirectory("\(lab.directory.node)/snapshot/1.sst.d")

        let reopened = try NodeStore.open(lab.directory)
        _ = try reopened.recover()

        #expect(Set(TestDirectory.names(in: "\(lab.directory.node)/snapshot")) == ["notes", "1.sst.d"])
        try reopened.close()
    }
}
