import HotPath
import KeyValue
import NIOCore
import NIOEmbedded
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("The chunks of POST /v1/batch")
struct BatchChunkTests {
    private let node = EmbeddedNode()
    private let connection: Connection

    init() throws {
        node.answersAtOnce()
        node.board.publish(appliedIndex: LogIndex(17), revision: 5)
        connection = try node.connect()
    }

    // MARK: Atomic batches and chunks

    @Test("An atomic batch is one group at one revision")
    func atomic() throws {
        let body = (0..<2_500).map { BatchText.put("k\($0)") }.joined(separator: "\n")

        let answer = try connection.batch(body, query: "?atomic=true")

        #expect(answer.body == #"{"applied":2500,"failed":[],"revision":1}"# + "\n")
        #expect(node.replica.groups.count == 1)
        #expect(node.replica.groups[0].hasOneRevision)
        #expect(node.replica.groups[0].operations.count == 2_500)
    }

    @Test("An atomic batch that is no single group is refused, with the limit")
    func atomicTooLarge() throws {
        let most = (0..<KeyValueLimits.groupOperationsMax).map { _ in #"{"delete":{"key":"k"}}"# }
        #expect(try connection.batch(most.joined(separator: "\n"), query: "?atomic=true").status == 200)
        #expect(node.replica.groups.count == 1)

        let byCount = try connection.batch((most + [BatchText.put("k")]).joined(separator: "\n"), query: "?atomic=true")
        let half = String(repeating: "v", count: KeyValueLimits.valueBytesMax / 2)
        let byBytes = try connection.batch(
            [BatchText.put("a", half), BatchText.put("b", half), BatchText.put("c", half)].joined(separator: "\n"),
            query: "?atomic")

        #expect(byCount.status == 413)
        #expect(
            byCount.body
                == #"{"error":"an atomic batch cannot hold more than 10000 operations; send less at once, or without "#
                + #"'atomic'","code":"batch_too_large","applied":"no","limit":10000}"# + "\n")
        #expect(byBytes.status == 413)
        #expect(
            byBytes.body
                == #"{"error":"an atomic batch cannot hold more than 1052680 bytes of keys and values, with 8 for "#
                + #"each operation; send less at once, or without 'atomic'","code":"batch_too_large","applied":"no","#
                + #""limit":1052680}"# + "\n")
        #expect(node.replica.groups.count == 1)
    }

    @Test("Other batches are cut into chunks by number, which are applied in order")
    func chunks() throws {
        let body = (0..<25).map { BatchText.put("k\($0)") }.joined(separator: "\n")

        let answer = try connection.batch(body, query: "?chunk=10")

        #expect(answer.body == #"{"applied":25,"failed":[],"revision":25}"# + "\n")
        #expect(node.replica.groups.map(\.operations.count) == [10, 10, 5])
        #expect(node.replica.groups.flatMap(\.operations) == (0..<25).map { .put("k\($0)", "v") })
        #expect(node.services.bodies.bytes == 0)
    }

    @Test("Chunks have 1000 operations unless asked otherwise, and no more bytes than a group may have")
    func defaultChunks() throws {
        _ = try connection.batch((0..<1_001).map { BatchText.put("k\($0)") }.joined(separator: "\n"))
        #expect(node.replica.groups.map(\.operations.count) == [1_000, 1])

        let large = String(repeating: "v", count: 400_000)
        let answer = try connection.batch((0..<5).map { BatchText.put("l\($0)", large) }.joined(separator: "\n"))
        #expect(answer.body == #"{"applied":5,"failed":[],"revision":1006}"# + "\n")
        #expect(node.replica.groups.dropFirst(2).map(\.operations.count) == [2, 2, 1])
    }

    // MARK: Failures

    private func fail(_ place: Int, _ failure: RequestFailure) {
        node.sink.post([Completion(tag: node.replica.submissions[place].tag, outcome: .failed(failure))])
    }

    @Test("A chunk is submitted when the one before it was applied, and a failure says how many were")
    func failureInTheMiddle() throws {
        node.replica.onBurst = { _ in }
        let body = (0..<25).map { BatchText.put("k\($0)") }.joined(separator: "\n")
        try connection.send(Connection.text("POST", "/v1/batch?chunk=10", body: body))
        #expect(node.replica.groups.count == 1)
        #expect(node.services.bodies.bytes > 0)

        node.complete([0])
        node.eventLoop.run()
        #expect(node.replica.groups.count == 2)
        #expect(try connection.received().isEmpty)
        fail(1, .noLeader)

        let answer = try Answer(try connection.received())
        #expect(answer.status == 503)
        #expect(
            answer.body
                == #"{"error":"10 operations were applied, then: the leader was not reached in time; try again","#
                + #""code":"no_leader","applied":"partly","applied_operations":10,"#
                + #""leader":{"id":"node1","http":"http://127.0.0.1:2221","raft":":1111"},"retry_after_ms":200}"#
                + "\n")
        #expect(node.replica.groups.count == 2)
        #expect(node.services.bodies.bytes == 0)
    }

    @Test("A chunk of unknown outcome leaves the batch unknown, and a first one that fails leaves it undone")
    func unknownOutcome() throws {
        node.replica.onBurst = { _ in }
        let body = (0..<3).map { BatchText.put("k\($0)") }.joined(separator: "\n")
        try connection.send(Connection.text("POST", "/v1/batch?chunk=1", body: body))
        node.complete([0])
        node.eventLoop.run()
        fail(1, .unknownOutcome)
        let unknown = try Answer(try connection.received())
        #expect(unknown.status == 504)
        #expect(unknown.body.contains(#""code":"timeout","applied":"unknown","applied_operations":1"#))

        try connection.send(Connection.text("POST", "/v1/batch?chunk=1", body: body))
        fail(2, .shuttingDown)
        let undone = try Answer(try connection.received())
        #expect(undone.status == 503)
        #expect(undone.body.contains(#""code":"shutting_down","applied":"no","leader""#))
    }

    @Test("After its time-out a batch submits no more chunks")
    func timeout() throws {
        node.replica.onBurst = { _ in }
        let body = (0..<3).map { BatchText.put("k\($0)") }.joined(separator: "\n")
        try connection.send(Connection.text("POST", "/v1/batch?chunk=1&timeout=500ms", body: body))
        node.complete([0])
        node.eventLoop.run()

        node.advance(.milliseconds(900))
        let answer = try Answer(try connection.received())
        #expect(answer.status == 504)
        #expect(answer.body.hasPrefix(#"{"error":"1 operations were applied, then: the write was not acknowledged"#))
        node.complete([1])
        node.eventLoop.run()

        #expect(node.replica.groups.count == 2)
        #expect(node.services.bodies.bytes == 0)
    }

    @Test("An overloaded node refuses a batch at once, and in the middle says how far it came")
    func overloaded() throws {
        node.replica.isOverloaded = true
        #expect(try connection.batch(BatchText.put("a")).body.contains(#""code":"overloaded","applied":"no""#))
        node.replica.isOverloaded = false
        node.replica.onBurst = { _ in }
        try connection.send(
            Connection.text("POST", "/v1/batch?chunk=1", body: BatchText.put("a") + "\n" + BatchText.put("b")))
        node.replica.isOverloaded = true
        node.complete([0])

        let answer = try Answer(try connection.received())
        #expect(answer.status == 429)
        #expect(answer.body.contains(#""code":"overloaded","applied":"partly","applied_operations":1"#))
    }

    @Test("A connection that closes in the middle of a batch gives back what it held")
    func closedConnection() throws {
        node.replica.onBurst = { _ in }
        let body = (0..<3).map { BatchText.put("k\($0)") }.joined(separator: "\n")
        try connection.send(Connection.text("POST", "/v1/batch?chunk=1", body: body))
        #expect(node.services.bodies.bytes > 0)

        try connection.channel.close().wait()
        node.eventLoop.run()
        node.complete([0])

        #expect(node.services.bodies.bytes == 0)
        #expect(node.replica.groups.count == 1)
    }

    @Test("Batches and puts of one connection are answered in their order")
    func pipelined() throws {
        node.replica.onBurst = { _ in }
        let many = BatchText.put("a") + "\n" + BatchText.put("b")
        try connection.send(
            Connection.text("PUT", "/v1/kv/x", body: "1")
                + Connection.text("POST", "/v1/batch?chunk=1", body: many)
                + Connection.text("PUT", "/v1/kv/y", body: "2")
                + Connection.text("POST", "/v1/batch?atomic", body: many))
        #expect(node.replica.submissions.count == 4)

        node.complete([3, 2, 1, 0])
        #expect(try Answer.all(try connection.received()).count == 1)
        node.eventLoop.run()
        node.complete([4])

        let answers = try Answer.all(try connection.received())
        #expect(
            answers.map(\.body) == [
                #"{"applied":2,"failed":[],"revision":5}"# + "\n", #"{"key":"y","revision":2}"# + "\n",
                #"{"applied":2,"failed":[],"revision":1}"# + "\n",
            ])
    }
}
