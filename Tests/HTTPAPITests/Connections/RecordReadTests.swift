import HotPath
import KeyValue
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite("A record that is not in memory")
struct RecordReadTests {
    private let node = EmbeddedNode()

    init() throws {
        node.answersAtOnce()
        let connection = try node.connect()
        for key in ["a", "b", "c"] {
            #expect(try connection.request("PUT", "/v1/kv/\(key)", body: "value of \(key)").status == 200)
        }
        node.store.coolDown()
    }

    @Test("is read off the loop, and its answer is the usual one")
    func answers() throws {
        let connection = try node.connect()
        let targets = [
            "/v1/kv/a", "/v1/kv/a?consistency=stale", "/v1/kv/a?format=json", "/v1/kv/none", "/store/a", "/store/none",
        ]
        for target in targets {
            try connection.send(Connection.text("GET", target))
            #expect(try connection.received().isEmpty)
            node.completeRecordReads()
            let cold = try connection.received()

            let warmNode = EmbeddedNode()
            warmNode.answersAtOnce()
            let warm = try warmNode.connect()
            for key in ["a", "b", "c"] { _ = try warm.request("PUT", "/v1/kv/\(key)", body: "value of \(key)") }
            try warm.send(Connection.text("GET", target))
            #expect(try cold == warm.received())
        }
    }

    @Test("is asked for together with those of other connections, one list for a turn")
    func together() throws {
        let connections = try (0..<3).map { _ in try node.connect() }
        for (connection, key) in zip(connections, ["a", "b", "c"]) {
            try connection.channel.writeInbound(ByteBuffer(string: Connection.text("GET", "/v1/kv/\(key)?stale")))
        }
        node.eventLoop.run()
        #expect(node.disk.wanted == [["a", "b", "c"]])

        node.completeRecordReads()

        let bodies = try connections.map { try Answer(try $0.received()).body }
        #expect(bodies == ["value of a", "value of b", "value of c"])
    }

    @Test("is asked for together with those of the reads after it, but not of a read after a write")
    func ahead() throws {
        let connection = try node.connect()
        let keys = ["a", "b", "none", "c"]
        try connection.send(
            keys.map { Connection.text("GET", "/v1/kv/\($0)") }.joined() + Connection.text("PUT", "/v1/kv/d", body: "x")
                + Connection.text("GET", "/v1/kv/d"))
        #expect(node.disk.wanted == [keys])

        node.completeRecordReads()
        let answers = try Answer.all(try connection.received())
        #expect(answers.map(\.status) == [200, 200, 404, 200, 200])
        #expect(answers[0].body == "value of a")
        #expect(node.disk.wanted == [["d"]])

        node.completeRecordReads()
        #expect(try Answer(try connection.received()).body == "x")
    }

    @Test("is not asked for by more requests of one connection than the limit says")
    func aheadLimit() throws {
        let connection = try node.connect()
        let count = 3 * HTTPLimits.recordReadsAheadMax
        try connection.send(String(repeating: Connection.text("GET", "/v1/kv/a"), count: count))
        for _ in 0..<3 {
            #expect(node.disk.wanted.map(\.count) == [HTTPLimits.recordReadsAheadMax])
            node.completeRecordReads()
        }
        #expect(try Answer.all(try connection.received()).map(\.status) == Array(repeating: 200, count: count))
    }

    @Test("is refused with 429 when too many wait for the disk, and not when they have their records")
    func limit() throws {
        let gets = String(repeating: Connection.text("GET", "/v1/kv/a"), count: HTTPLimits.recordReadsAheadMax)
        var connections: [Connection] = []
        func connect() throws {
            let connection = try node.connect()
            try connection.channel.writeInbound(ByteBuffer(string: gets))
            connections.append(connection)
        }
        let eager = HTTPLimits.recordReadsAheadOfAllMax / HTTPLimits.recordReadsAheadMax
        for _ in 0..<eager { try connect() }
        node.eventLoop.run()
        #expect(!node.services.records.mayReadAhead)
        // From here on each asks for one record only.
        for _ in HTTPLimits.recordReadsAheadOfAllMax..<HTTPLimits.recordReadsMax { try connect() }
        let oneMore = try node.connect()
        #expect(try oneMore.request("GET", "/v1/kv/a").status == 429)

        node.completeRecordReads()

        while !node.disk.wanted.isEmpty { node.completeRecordReads() }
        for connection in connections {
            #expect(try Answer.all(try connection.received()).allSatisfy { $0.body == "value of a" })
        }
        #expect(node.services.records.mayReadAhead)
        try oneMore.send(Connection.text("GET", "/v1/kv/a"))
        node.completeRecordReads()
        #expect(try Answer(try oneMore.received()).status == 200)
    }

    @Test("holds up the answers after it on its connection, and keeps their order")
    func order() throws {
        let connection = try node.connect()
        try connection.send(
            Connection.text("GET", "/v1/kv/a") + Connection.text("PUT", "/v1/kv/d", body: "x")
                + Connection.text("GET", "/v1/kv/none") + Connection.text("GET", "/livez"))
        #expect(try connection.received().isEmpty)
        #expect(node.disk.wanted == [["a"]])

        node.completeRecordReads()
        #expect(try Answer.all(try connection.received()).map(\.status) == [200, 200])
        #expect(node.disk.wanted == [["none"]])

        node.completeRecordReads()
        #expect(try Answer.all(try connection.received()).map(\.status) == [404, 200])
    }

    @Test("that the disk does not give is an error of this request")
    func failure() throws {
        let connection = try node.connect()
        node.store.failReads()
        try connection.send(Connection.text("GET", "/v1/kv/a") + Connection.text("GET", "/livez"))
        node.completeRecordReads()
        let answers = try Answer.all(try connection.received())
        #expect(answers.map(\.status) == [500, 200])
        #expect(answers[0].body.contains("disk on fire"))
    }

    @Test("that comes too late finds its request answered")
    func tooLate() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("GET", "/v1/kv/a?timeout=1s") + Connection.text("GET", "/v1/kv/b"))
        node.advance(.seconds(2))
        #expect(try Answer(try connection.received()).status == 504)
        #expect(node.disk.wanted == [["a", "b"]])

        node.completeRecordReads()

        #expect(try Answer(try connection.received()).body == "value of b")
    }

    @Test("is not waited for by requests whose time is over when their turn comes")
    func noTimeLeft() throws {
        let connection = try node.connect()
        let count = HTTPLimits.recordReadsAheadMax + 20
        try connection.send(String(repeating: Connection.text("GET", "/v1/kv/a?timeout=1s"), count: count))
        node.advance(.seconds(2))
        #expect(try Answer.all(try connection.received()).map(\.status) == Array(repeating: 504, count: count))
        #expect(node.disk.wanted.map(\.count) == [HTTPLimits.recordReadsAheadMax])
    }

    @Test("is not waited for when the time to end in good order is over")
    func closing() throws {
        let connection = try node.connect()
        let count = HTTPLimits.recordReadsAheadMax + 20
        try connection.send(String(repeating: Connection.text("GET", "/v1/kv/a"), count: count))
        node.table.closeAll()
        node.eventLoop.run()
        #expect(try Answer.all(try connection.received()).map(\.status) == Array(repeating: 504, count: count))
        #expect(!connection.isOpen)
        node.completeRecordReads()
    }

    @Test("whose deadline is over is not read any more, and each is handed over once")
    func portions() async {
        let records = RecordReads(reader: node.store)
        records.start()
        let tags = (0..<200).map { RequestTag(sink: 0, connection: 0, request: $0) }
        let reads = tags.map { tag in
            let deadline = tag.request % 2 == 0 ? NIODeadline.distantPast : .distantFuture
            return RecordRead(tag: tag, key: Array("a".utf8), deadline: deadline)
        }
        let (stream, results) = AsyncStream.makeStream(of: [RecordRead].self)
        records.read(reads) { results.yield($0) }
        var seen: Set<UInt64> = []
        for await portion in stream {
            for read in portion {
                #expect(seen.insert(read.tag.request).inserted)
                switch read.result {
                case .record: #expect(read.tag.request % 2 == 1)
                case .tooLate: #expect(read.tag.request % 2 == 0)
                case .nothing, .failed: Issue.record("the record of 'a' was not found")
                }
            }
            if seen.count == reads.count { break }
        }
        await records.shutdown()
    }

    @Test("finds nobody when the connection is gone, and not whoever has its place")
    func gone() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("GET", "/v1/kv/a"))
        connection.channel.close(promise: nil)
        node.eventLoop.run()
        let next = try node.connect()
        try next.send(Connection.text("GET", "/v1/kv/b"))

        node.completeRecordReads()

        #expect(try Answer(try next.received()).body == "value of b")
    }

    @Test("is waited for when the node stops")
    func draining() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("GET", "/v1/kv/a"))
        let drained = node.eventLoop.makePromise(of: Void.self)
        node.table.drain(drained)
        node.eventLoop.run()
        #expect(connection.isOpen)

        node.completeRecordReads()

        let answer = try Answer(try connection.received())
        #expect(answer.body == "value of a")
        #expect(answer["Connection"] == "close")
        #expect(!connection.isOpen)
        try drained.futureResult.wait()
    }

    @Test("comes through real threads as well")
    func threads() async throws {
        try await RunningServer.withServer { server in
            let client = try await server.connect()
            for key in 0..<100 {
                _ = try await client.exchange(Connection.text("PUT", "/v1/kv/\(key)", body: "value \(key)"))
            }
            server.store.coolDown()
            let clients = try await [server.connect(), server.connect(), server.connect()]
            for client in clients {
                try await client.send((0..<100).map { Connection.text("GET", "/v1/kv/\($0)") }.joined())
            }
            for client in clients {
                #expect(try await client.answers(100).map(\.body) == (0..<100).map { "value \($0)" })
            }
        }
    }
}
