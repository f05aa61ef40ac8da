import Foundation
import HotPath
import Logging
import NIOCore
import NIOEmbedded
import PeerTransport
import RaftCore
import Storage
import Testing

@testable import NodeControl

@Suite("The files of a snapshot that is fetched")
struct FetchedFilesTests {
    @Test("They go when the transfer fails, and when the replica gives it up")
    func ended() throws {
        let node = try FetchingNode()
        try node.fetch(id: 1)
        node.loop.run()
        #expect(try node.names == [])
        guard case .unavailable(1)? = node.news().first else {
            Issue.record("the replica was told nothing")
            return
        }

        try node.fetch(id: 2)
        node.snapshots.cancelFetch(id: 2)
        node.loop.run()
        #expect(try node.names == [])
        #expect(node.news().isEmpty)
        try node.close()
    }

    @Test("They stay while the replica may install them, and go when it gives them up; those of the next fetch stay")
    func whole() throws {
        let node = try FetchingNode()
        try node.fetch(id: 1)
        node.snapshots.fetchEnded(1, .complete)
        node.loop.run()
        #expect(try node.names == ["1.sst"])
        guard case .fetched(1, _)? = node.news().first else {
            Issue.record("the replica was told nothing")
            return
        }

        node.snapshots.cancelFetch(id: 1)
        #expect(try node.names == [])
        try node.fetch(id: 2)
        node.snapshots.fetchEnded(2, .complete)
        node.snapshots.cancelFetch(id: 1)
        #expect(try node.names == ["1.sst"])
        try node.close()
    }

    @Test("They belong to the log thread once it installs them")
    func installing() throws {
        let node = try FetchingNode()
        try node.fetch(id: 1)
        node.snapshots.fetchEnded(1, .complete)
        guard case .fetched(_, let snapshot)? = node.news().first, let taken = snapshot as? TakenSnapshot else {
            Issue.record("the replica was told nothing")
            return
        }
        #expect(taken.giveUp())
        node.snapshots.cancelFetch(id: 1)
        #expect(try node.names == ["1.sst"])
        try node.close()
    }
}

/// A node that fetches snapshots, and a transport that does not run: it ends each fetch as cancelled, in the next round
/// of the loop.
private final class FetchingNode {
    let loop = EmbeddedEventLoop()
    let snapshots: NodeSnapshots
    private let directory = FileManager.default.temporaryDirectory.appending(path: "skiff-\(UUID())").path
    private let mailbox = Mailbox {}
    private let store: NodeStore
    private let transport: PeerTransport

    init() throws {
        var options = StorageOptions()
        options.memoryBytes = StorageOptions.memoryBytesMin
        store = try NodeStore.open(directory: directory, nodeID: "a", options: options)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        snapshots = NodeSnapshots(
            of: store, on: loop, thread: ImmediateMaintenance(), mailbox: mailbox, chunkBytesMax: 1_000,
            drawSeed: { 1 }, logger: logger)
        transport = PeerTransport(
            nodeID: "a", startID: 1, settings: PeerTransportSettings(seed: 1), loop: loop, logger: logger)
        snapshots.transport = transport
    }

    /// Begins a fetch and pretends that a file of it was written.
    func fetch(id: UInt64) throws {
        snapshots.fetch(LogID(index: LogIndex(9), term: Term(1)), from: "b", id: id)
        try Data([1]).write(to: URL(filePath: "\(directory)/snapshot/1.sst"))
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: "\(directory)/snapshot") }
    }

    func news() -> [SnapshotNews] {
        var contents = MailboxContents()
        mailbox.drain(into: &contents)
        return contents.snapshotNews
    }

    func close() throws {
        snapshots.end()
        loop.run()
        try store.close()
        try FileManager.default.removeItem(atPath: directory)
    }
}

/// Does at once what it is asked for.
private struct ImmediateMaintenance: Maintenance {
    func run<Value: Sendable>(
        on eventLoop: any EventLoop, _ body: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        eventLoop.makeCompletedFuture(withResultOf: body)
    }
}
