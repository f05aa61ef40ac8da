import ClusterControl
import Foundation
import Glibc
import HotPath
import KeyValue
import Logging
import NIOCore
import NIOEmbedded
import PeerTransport
import RaftCore
import Testing

@testable import NodeControl
@testable import Storage

@Suite("The snapshots that a node has for others")
final class NodeSnapshotsTests {
    /// Work is done when the loop runs.
    private struct LaterOnLoop: Maintenance {
        func run<Value: Sendable>(
            on eventLoop: any EventLoop, _ body: @escaping @Sendable () throws -> Value
        ) -> EventLoopFuture<Value> { eventLoop.submit(body) }
    }

    private static let configuration = Configuration(members: [Member(id: "a", role: .voter)])

    private let loop = EmbeddedEventLoop()
    private let mailbox = Mailbox {}
    private let store: NodeStore
    private let snapshots: NodeSnapshots
    private let directory: String

    init() throws {
        var template = Array("/tmp/skiff-snapshots-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no directory for the test")
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var options = StorageOptions()
        options.memoryBytes = StorageOptions.memoryBytesMin
        store = try NodeStore.open(directory: "\(directory)/node", nodeID: "a", options: options)
        try store.bootstrap(
            clusterID: ClusterID(high: 1, low: 2), instance: InstanceID(high: 3, low: 4),
            configurationEntry: Entry(id: Self.id(1), Self.configuration),
            hardState: HardState(currentTerm: Term(1), votedFor: "a"))
        snapshots = NodeSnapshots(
            of: store, on: loop, thread: LaterOnLoop(), mailbox: mailbox, chunkBytesMax: 1, drawSeed: { 7 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try apply(1)
    }

    deinit {
        do {
            try store.close()
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            Issue.record(error)
        }
    }

    private static func id(_ index: UInt64) -> LogID { LogID(index: LogIndex(index), term: Term(1)) }

    private func apply(_ index: UInt64) throws {
        var results: [CommandResult] = []
        try store.stateMachine.apply([Entry(id: Self.id(index), Self.configuration)], results: &results)
    }

    /// The news since the last time: the last entries of the snapshots that are ready, nil for what is unavailable.
    private func news() -> [UInt64: LogID?] {
        loop.run()
        var contents = MailboxContents()
        mailbox.drain(into: &contents)
        var news: [UInt64: LogID?] = [:]
        for case .ready(let id, let lastIncluded) in contents.snapshotNews { news[id] = .some(lastIncluded) }
        for case .unavailable(let id) in contents.snapshotNews { news[id] = .some(nil) }
        return news
    }

    private enum Progress { case sending, sent }

    /// What the replica was told of the transfer since the last time.
    private func progress() throws -> [Progress] {
        var contents = MailboxContents()
        mailbox.drain(into: &contents)
        return try contents.snapshotNews.map { news in
            switch news {
            case .sending(id: 1, bytes: _): .sending
            case .sent(1): .sent
            default: throw SnapshotSinkFailure("the replica is told \(news)")
            }
        }
    }

    private func open(
        _ last: UInt64, for member: NodeID = "b", id: SnapshotID? = nil, after position: ByteBuffer = ByteBuffer()
    ) throws -> any OpenSnapshot {
        var opening: SnapshotOpening?
        snapshots.openSnapshot(
            SnapshotRequest(lastIncluded: Self.id(last), id: id, position: position), for: member
        ) { opening = $0 }
        loop.run()
        guard case .open(let snapshot)? = opening else {
            throw SnapshotSinkFailure("it is not open: \(opening as Any)")
        }
        return snapshot
    }

    private func read(_ snapshot: any OpenSnapshot, before: () -> Void = {}) throws -> SnapshotRead {
        var read: SnapshotRead?
        snapshot.readNext { read = $0 }
        before()
        loop.run()
        return try #require(read)
    }

    private func isGone(_ read: SnapshotRead) -> Bool {
        if case .refused(let refusal) = read { refusal.reason == .gone } else { false }
    }

    @Test("One that was taken back comes to nothing wherever its transfer is, also at the very end")
    func takenBack() throws {
        snapshots.prepare(for: "b", id: 1, oldest: .zero)
        #expect(news() == [1: Self.id(1)])
        let readers = [try open(1), try open(1), try open(1)]
        for reader in readers {
            guard case .chunk = try read(reader) else { throw SnapshotSinkFailure("it has no rows") }
        }
        guard case .end = try read(readers[0]) else { throw SnapshotSinkFailure("it has no end") }

        #expect(isGone(try read(readers[1]) { snapshots.release(id: 1) }))
        #expect(isGone(try read(readers[2])))
        for reader in readers { reader.close() }
        loop.run()
    }

    @Test("A transfer that is resumed need not read again what was read")
    func resumption() throws {
        snapshots.prepare(for: "b", id: 1, oldest: .zero)
        _ = news()
        let reader = try open(1)
        guard case .chunk(let chunk) = try read(reader) else { throw SnapshotSinkFailure("it has no rows") }
        reader.close()
        let key = try store.makeIntake(for: Self.id(1))
        try key.add(chunk)
        let request = SnapshotRequest(
            lastIncluded: Self.id(1), id: reader.id, position: ByteBuffer(bytes: key.lastKey))
        let place = try #require(snapshots.resume(request, for: "b")?.place)
        #expect(place.key == key.lastKey && place.isSummedUp)
        #expect(try progress() == [.sending])

        guard case .end = try read(try open(1, id: reader.id, after: request.position)) else {
            throw SnapshotSinkFailure("it has no end")
        }
        // From now on nothing is heard of it until it is installed.
        #expect(try progress() == [.sent])
        snapshots.release(id: 1)
        loop.run()
    }

    @Test("Whoever resumes a transfer sums up what both have read: it need not read all of that for the account")
    func sum() throws {
        snapshots.prepare(for: "b", id: 1, oldest: .zero)
        _ = news()
        let reader = try open(1)
        guard case .chunk(let chunk) = try read(reader) else { throw SnapshotSinkFailure("it has no rows") }
        reader.close()
        let intake = try store.makeIntake(for: Self.id(1))
        try intake.add(chunk)
        let request = SnapshotRequest(
            lastIncluded: Self.id(1), id: reader.id, position: ByteBuffer(bytes: intake.lastKey))
        let snapshot = try #require(snapshots.resume(request, for: "b")?.held.snapshot)
        var wrong = try #require(try store.stateMachine.digest(while: { true }))
        wrong.hash += 1

        // One that has summed up contradicts another sum, and one that has not would hand it on.
        try snapshot.note(wrong)
        let end = try read(try open(1, id: reader.id, after: request.position))

        guard case .refused(let refusal) = end else { throw SnapshotSinkFailure("it has the end \(end)") }
        #expect(refusal.reason == .failed && refusal.message.contains("different sums"))
        snapshots.release(id: 1)
        loop.run()
    }

    @Test("Members share one that is not too old, and else get another; when too many are in use, only the new fails")
    func sharing() throws {
        snapshots.prepare(for: "b", id: 1, oldest: .zero)
        #expect(news() == [1: Self.id(1)])
        try apply(2)
        snapshots.prepare(for: "c", id: 2, oldest: LogIndex(1))
        #expect(news() == [2: Self.id(1)])
        snapshots.prepare(for: "d", id: 3, oldest: LogIndex(2))
        #expect(news() == [3: Self.id(2)])
        try apply(3)
        snapshots.prepare(for: "e", id: 4, oldest: LogIndex(3))
        #expect(news() == [4: nil])
        _ = try open(1).close()
        _ = try open(2, for: "d").close()

        // They fail in turn, and the view moves on.
        for id: UInt64 in [1, 2] { snapshots.release(id: id) }
        loop.run()
        snapshots.prepare(for: "b", id: 5, oldest: LogIndex(3))
        #expect(news() == [5: Self.id(3)])
        for id: UInt64 in [3, 5] { snapshots.release(id: id) }
        loop.run()
    }

    /// Applies an entry with one record that fills several blocks of a table file.
    private func applyRecord(_ index: UInt64, key: String, value: [UInt8]) throws {
        let header = CommandHeader(kind: .put, keyBytes: key.utf8.count, valueBytes: value.count)
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        let payload = ByteBuffer(bytes: bytes + Array(key.utf8) + value)
        var results: [CommandResult] = []
        try store.stateMachine.apply(
            [Entry(id: Self.id(index), kind: .commands, commandCount: 1, payload: payload)], results: &results)
    }

    @Test("A connection that breaks twice at the same place costs nothing of what was summed up")
    func resumedTwice() throws {
        for index: UInt64 in 2..<12 { try applyRecord(index, key: "k\(index)", value: [1]) }
        snapshots.prepare(for: "b", id: 1, oldest: .zero)
        _ = news()
        let intake = try store.makeIntake(for: Self.id(11))
        var reader = try open(11)
        var taken = 0
        for number in 0..<7 {
            guard case .chunk(let chunk) = try read(reader) else { throw SnapshotSinkFailure("it has too few rows") }
            if number < 2 {
                try intake.add(chunk)
                taken += 1
            }
        }
        for _ in 0..<3 {
            reader.close()
            let request = SnapshotRequest(
                lastIncluded: Self.id(11), id: reader.id, position: ByteBuffer(bytes: intake.lastKey))
            #expect(snapshots.resume(request, for: "b")?.place.isSummedUp == true)
            reader = try open(11, id: reader.id, after: request.position)
            _ = try read(reader)
        }
        reader.close()
        snapshots.release(id: 1)
        loop.run()
        #expect(taken == 2)
    }

    @Test("A node whose data cannot be read to the end of a snapshot says so")
    func damaged() throws {
        let mark = Array("the mark in the middle".utf8)
        try applyRecord(2, key: "k", value: [UInt8](repeating: 7, count: 9_000) + mark)
        snapshots.prepare(for: "b", id: 1, oldest: .zero)
        #expect(news() == [1: Self.id(2)])
        var damaged = 0
        let database = "\(directory)/node/db"
        for name in try FileManager.default.contentsOfDirectory(atPath: database) where name.hasSuffix(".sst") {
            let file = try #require(FileHandle(forUpdatingAtPath: "\(database)/\(name)"))
            defer { file.closeFile() }
            guard let place = file.readDataToEndOfFile().range(of: Data(mark))?.lowerBound else { continue }
            file.seek(toFileOffset: UInt64(place))
            file.write(Data([0]))
            damaged += 1
        }
        #expect(damaged == 1)

        let reader = try open(2)
        var end = try read(reader)
        while case .chunk = end { end = try read(reader) }
        guard case .refused(let refusal) = end else { throw SnapshotSinkFailure("it was read: \(end)") }
        #expect(refusal.reason == .failed)
        var contents = MailboxContents()
        mailbox.drain(into: &contents)
        let failures = contents.comparisonReports.compactMap { report in
            if case .unreadable(let failure) = report { failure } else { nil }
        }
        #expect(failures.count == 1 && failures[0].message.contains("checksum"), "\(failures)")
        reader.close()
        snapshots.release(id: 1)
        loop.run()
    }
}
