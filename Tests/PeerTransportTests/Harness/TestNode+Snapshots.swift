import NIOCore
import RaftCore

@testable import PeerTransport

extension TestNode {
    static let lastIncluded = LogID(index: LogIndex(9), term: Term(6))

    /// A leader "a" with a snapshot of these chunks, and followers "b", "c", … with links to it.
    static func cluster(
        followers count: Int = 1, on loops: TestLoops, _ chunks: [ByteBuffer],
        settings: PeerTransportSettings = .forTests
    ) async throws -> (leader: TestNode, followers: [TestNode]) {
        let leader = try await TestNode.start("a", on: loops, settings: settings)
        try await leader.knowSnapshots()
        try await leader.serve(chunks)
        var followers: [TestNode] = []
        for number in 0..<count {
            let id = NodeID(String(UnicodeScalar(UInt8(ascii: "b") + UInt8(number))))
            let follower = try await TestNode.start(id, on: loops, settings: settings)
            try await follower.knowSnapshots()
            try await follower.setMembers([leader.member()])
            followers.append(follower)
        }
        var members: [Member] = []
        for follower in followers { members.append(try await follower.member()) }
        try await leader.setMembers(members)
        for follower in followers { try await follower.wait(for: .linkOpened("a")) }
        return (leader, followers)
    }

    func knowSnapshots() async throws {
        try await run { _, recorder in recorder.own.featureLevel = SnapshotTransfer.featureLevel }
    }

    func serve(_ chunks: [ByteBuffer], id: UInt64 = 7) async throws {
        try await run { transport, recorder in
            let source = TestSource(chunks, id: id)
            recorder.source = source
            transport.snapshotSource = source
        }
    }

    /// Begins to fetch, into the sink that the recorder has from now on.
    func fetch(
        from peer: NodeID = "a", isHolding: Bool = false, failure: SnapshotSinkFailure? = nil
    ) async throws {
        try await run { transport, recorder in
            let sink = TestSink(isHolding: isHolding, failure: failure)
            recorder.sinks.append(sink)
            let request = SnapshotRequest(lastIncluded: Self.lastIncluded)
            transport.fetchSnapshot(request, from: peer, into: sink) { end in sink.note(end) }
        }
    }

    /// Waits for the end of the fetch that was begun last.
    func fetchEnd() async throws -> SnapshotFetchEnd? {
        try await waitUntil { _, recorder in recorder.sinks.last?.ends.isEmpty == false }
        return try await run { _, recorder in recorder.sinks.last?.ends.first }
    }

    func release() async throws { try await run { _, recorder in recorder.sinks.last?.release() } }

    /// The chunks that the sink of the last fetch has.
    func chunksTaken() async throws -> [ByteBuffer] {
        try await run { _, recorder in recorder.sinks.last?.chunks ?? [] }
    }
}
