import HotPath
import NIOCore
import RaftCore
import Testing

@testable import PeerTransport

@Suite("Transfer of snapshots", .timeLimit(.minutes(10)))
struct SnapshotTransferTests {
    private static func chunks(_ count: Int, of size: Int = 1_000) -> [ByteBuffer] {
        (0..<count).map { ByteBuffer(repeating: UInt8($0), count: size) }
    }

    @Test(
        "A snapshot arrives whole, chunk by chunk, with its account at the end",
        arguments: [[], chunks(1), chunks(10), chunks(2, of: SnapshotTransfer.chunkBytesMax), chunks(1, of: 1)])
    func whole(chunks: [ByteBuffer]) async throws {
        try await withLoops(2) { loops in
            let (leader, followers) = try await TestNode.cluster(on: loops, chunks)

            try await followers[0].fetch()
            #expect(try await followers[0].fetchEnd() == .complete)

            #expect(try await followers[0].chunksTaken() == chunks)
            let total = try await followers[0].run { _, recorder in recorder.sinks[0].total }
            #expect(total == ByteBuffer(string: "\(chunks.count) chunks"))
            try await leader.waitUntil { transport, _ in transport.connections.count == 1 }
            #expect(try await leader.run { _, recorder in recorder.source?.openCount } == 0)
            #expect(try await leader.run { transport, _ in transport.uploads.all.isEmpty })
            #expect(try await followers[0].warnings().isEmpty)
            #expect(try await leader.warnings().isEmpty)
        }
    }

    @Test("After a lost connection the transfer continues with the chunk after the last one taken")
    func resume() async throws {
        try await withLoops(2) { loops in
            let chunks = Self.chunks(10)
            let (leader, followers) = try await TestNode.cluster(on: loops, chunks)
            try await followers[0].fetch(isHolding: true)
            try await followers[0].waitUntil { _, recorder in recorder.sinks[0].chunks.count == 1 }

            try await leader.run { transport, _ in transport.uploads.all[0].end(.unspecified, "a test cuts it") }
            try await leader.waitUntil { transport, _ in transport.uploads.all.isEmpty }
            try await followers[0].release()
            #expect(try await followers[0].fetchEnd() == .complete)

            #expect(try await followers[0].chunksTaken() == chunks)
            let requests = try await leader.run { _, recorder in recorder.source?.requests ?? [] }
            #expect(requests.count == 2)
            #expect(requests.first == SnapshotRequest(lastIncluded: TestNode.lastIncluded))
            #expect(requests.last?.id == SnapshotID(7))
            #expect(try #require(requests.last).position.readableBytes > 0)
        }
    }

    @Test(
        "A read after a resumption that takes longer than an end waits costs the connection, and not the transfer",
        arguments: [true, false])
    func slowRead(leaderIsFirst: Bool) async throws {
        try await withLoops(2) { loops in
            let chunks = Self.chunks(10)
            let (leader, followers) = try await TestNode.cluster(on: loops, chunks)
            try await followers[0].fetch(isHolding: true)
            try await followers[0].waitUntil { _, recorder in recorder.sinks[0].chunks.count == 1 }
            try await leader.run { transport, recorder in
                recorder.source?.isSlow = true
                transport.uploads.all[0].end(.unspecified, "a test cuts it")
            }
            try await leader.waitUntil { transport, _ in transport.uploads.all.isEmpty }
            try await followers[0].release()
            try await leader.waitUntil { _, recorder in recorder.source?.slowReads.count == 1 }
            let taken = try await followers[0].chunksTaken().count

            let ticks = PeerTransportSettings.forTests.snapshotStallTicksMax
            if leaderIsFirst {
                try await leader.run { transport, _ in for _ in 0..<ticks { transport.uploads.all.first?.tick() } }
            } else {
                try await followers[0].run { transport, _ in for _ in 0..<ticks { transport.fetch?.tick() } }
            }
            try await leader.waitUntil { _, recorder in recorder.source?.requests.count == 3 }
            // The first of these reads is of a connection that is no more.
            try await leader.waitUntil { _, recorder in recorder.source?.slowReads.count == 2 }
            try await leader.run { _, recorder in recorder.source?.answerSlowReads() }

            #expect(try await followers[0].fetchEnd() == .complete)
            #expect(try await followers[0].chunksTaken() == chunks)
            let positions = try await leader.run { _, recorder in recorder.source?.requests.map(\.position) ?? [] }
            #expect(positions.suffix(2) == [TestSource.position(after: taken), TestSource.position(after: taken)])
            #expect(try await leader.run { _, recorder in recorder.source?.openCount } == 0)
        }
    }

    @Test("The time that a sink takes is not held against the sender")
    func slowSink() async throws {
        try await withLoops(2) { loops in
            let chunks = Self.chunks(10)
            let (leader, followers) = try await TestNode.cluster(on: loops, chunks)
            try await followers[0].fetch(isHolding: true)
            try await followers[0].waitUntil { _, recorder in recorder.sinks[0].chunks.count == 1 }

            let ticks = PeerTransportSettings.forTests.snapshotStallTicksMax
            try await followers[0].run { transport, _ in for _ in 0..<(2 * ticks) { transport.fetch?.tick() } }
            try await followers[0].release()

            #expect(try await followers[0].fetchEnd() == .complete)
            #expect(try await followers[0].chunksTaken() == chunks)
            #expect(try await leader.run { _, recorder in recorder.source?.requests.count } == 1)
        }
    }

    @Test("Of a receiver that takes nothing no more is sent than it has room for, and read than one chunk more")
    func credits() async throws {
        try await withLoops(2) { loops in
            let chunks = Self.chunks(12)
            let (leader, followers) = try await TestNode.cluster(on: loops, chunks)
            try await followers[0].fetch(isHolding: true)
            let room = TransportLimits.snapshotCreditsMax
            try await leader.waitUntil { transport, recorder in
                transport.snapshotTransfers.first?.chunks == UInt64(room) && recorder.source?.readCount == room + 1
            }
            // A message to and fro on the link after that: everything that was ready would have left.
            try await leader.send(1...1, to: "b")
            try await followers[0].wait(for: .message(1, from: "a"))
            try await followers[0].send(2...2, to: "a")
            try await leader.wait(for: .message(2, from: "b"))

            #expect(try await leader.run { _, recorder in recorder.source?.readCount } == room + 1)
            #expect(try await leader.run { transport, _ in transport.snapshotTransfers.first?.chunks } == UInt64(room))
            #expect(try await followers[0].chunksTaken().count == 1)

            try await followers[0].release()
            #expect(try await followers[0].fetchEnd() == .complete)
            #expect(try await followers[0].chunksTaken() == chunks)
        }
    }

    @Test("Two followers get a snapshot at once; a third one waits until there is room")
    func several() async throws {
        try await withLoops(2) { loops in
            let chunks = Self.chunks(12)
            let (leader, followers) = try await TestNode.cluster(followers: 3, on: loops, chunks)
            try await followers[0].fetch(isHolding: true)
            try await followers[1].fetch(isHolding: true)
            try await leader.waitUntil { transport, _ in transport.snapshotTransfers.count == 2 }
            try await followers[2].fetch()
            // It is refused, and asks again.
            try await leader.waitUntil { transport, _ in transport.uploads.all.count == 3 }
            try await leader.waitUntil { transport, _ in transport.uploads.all.count == 2 }
            let progress = try await leader.run { transport, _ in transport.snapshotTransfers }
            #expect(progress.map(\.peer).sorted() == ["b", "c"])
            #expect(progress.map(\.direction) == [.sending, .sending])

            try await followers[0].release()
            for follower in [followers[0], followers[2]] { #expect(try await follower.fetchEnd() == .complete) }
            try await followers[1].release()
            #expect(try await followers[1].fetchEnd() == .complete)

            for follower in followers { #expect(try await follower.chunksTaken() == chunks) }
            #expect(try await leader.run { _, recorder in recorder.source?.openCountMax } == 2)
        }
    }

    @Test("A snapshot that is replaced during its transfer is gone, also after a lost connection")
    func gone() async throws {
        for isCut in [false, true] {
            try await withLoops(2) { loops in
                let (leader, followers) = try await TestNode.cluster(on: loops, Self.chunks(12))
                try await followers[0].fetch(isHolding: true)
                try await followers[0].waitUntil { _, recorder in recorder.sinks[0].chunks.count == 1 }
                try await leader.run { transport, recorder in
                    recorder.source?.id = try #require(SnapshotID(8))
                    if isCut { transport.uploads.all[0].end(.unspecified, "a test cuts it") }
                }

                try await followers[0].release()

                let end = try await followers[0].fetchEnd()
                #expect(end == .gone(isCut ? "it has another snapshot now" : "it was replaced"))
                #expect(try await followers[0].run { _, recorder in recorder.sinks[0].total } == nil)
            }
        }
    }

    @Test("A node without snapshots says so")
    func noSource() async throws {
        try await withLoops { loops in
            let (leader, followers) = try await TestNode.cluster(on: loops, [])
            try await leader.run { _, recorder in recorder.source = nil }

            try await followers[0].fetch()

            #expect(try await followers[0].fetchEnd() == .gone("it has no snapshots"))
        }
    }

    @Test("A sink that fails ends the fetch, and with it the transfer")
    func sinkFails() async throws {
        try await withLoops(2) { loops in
            let (leader, followers) = try await TestNode.cluster(on: loops, Self.chunks(12))

            try await followers[0].fetch(failure: SnapshotSinkFailure("the disk is full"))

            #expect(try await followers[0].fetchEnd() == .failed("the disk is full"))
            try await leader.waitUntil { transport, _ in transport.uploads.all.isEmpty }
            #expect(try await leader.run { _, recorder in recorder.source?.openCount } == 0)
            #expect(try await followers[0].warnings().map(\.reason) == ["the disk is full"])
        }
    }

    @Test("A fetch takes the place of the one before, whose sink is called no more")
    func replaced() async throws {
        try await withLoops(2) { loops in
            let chunks = Self.chunks(12)
            let (leader, followers) = try await TestNode.cluster(on: loops, chunks)
            try await followers[0].fetch(isHolding: true)
            try await followers[0].waitUntil { _, recorder in recorder.sinks[0].chunks.count == 1 }

            try await followers[0].fetch()
            #expect(try await followers[0].fetchEnd() == .complete)

            try await followers[0].run { _, recorder in recorder.sinks[0].release() }
            let first = try await followers[0].run { _, recorder in
                (recorder.sinks[0].ends, recorder.sinks[0].chunks.count)
            }
            #expect(first == ([.cancelled], 1))
            #expect(try await followers[0].chunksTaken() == chunks)
            #expect(try await leader.run { _, recorder in recorder.source?.requests.count } == 2)
        }
    }

    @Test("A fetch is cancelled by whoever wants it no more, and by the end of the transport")
    func cancelled() async throws {
        try await withLoops(2) { loops in
            let (leader, followers) = try await TestNode.cluster(followers: 2, on: loops, Self.chunks(12))
            for follower in followers {
                try await follower.fetch(isHolding: true)
                try await follower.waitUntil { _, recorder in recorder.sinks[0].chunks.count == 1 }
            }

            try await followers[0].run { transport, _ in transport.cancelSnapshotFetch() }
            try await followers[1].shutdown()

            for follower in followers { #expect(try await follower.fetchEnd() == .cancelled) }
            try await leader.waitUntil { transport, _ in transport.uploads.all.isEmpty }
        }
    }

    @Test("A node that is removed gets no more of the snapshot, and does not ask again")
    func removed() async throws {
        try await withLoops(2) { loops in
            let (leader, followers) = try await TestNode.cluster(on: loops, Self.chunks(12))
            try await followers[0].fetch(isHolding: true)
            try await followers[0].waitUntil { _, recorder in recorder.sinks[0].chunks.count == 1 }

            try await leader.setMembers([])

            #expect(try await followers[0].fetchEnd() == .failed("the node is no longer a member"))
        }
    }
}
