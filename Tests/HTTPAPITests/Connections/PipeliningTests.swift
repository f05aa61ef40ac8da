import HotPath
import KeyValue
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite("Pipelined requests")
struct PipeliningTests {
    private let node = EmbeddedNode()

    private func puts(_ range: Range<Int>) -> String {
        range.map { Connection.text("PUT", "/v1/kv/k\($0)", body: "v\($0)") }.joined()
    }

    @Test("200 pipelined requests are answered in order although they complete in another")
    func outOfOrder() throws {
        let connection = try node.connect()
        try connection.send(puts(0..<200))
        #expect(node.replica.submissions.count == 200)
        #expect(node.replica.burstCount == 1)

        // A permutation: 73 and 200 have no common divisor.
        let order = (0..<200).map { $0 * 73 % 200 }
        for place in order.dropLast() { node.complete([place]) }
        let early = try Answer.all(try connection.received())
        node.complete([order[199]])
        let answers = early + (try Answer.all(try connection.received()))

        #expect(answers.count == 200)
        for (place, answer) in answers.enumerated() { #expect(answer.body.hasPrefix(#"{"key":"k\#(place)","#)) }
    }

    @Test("What a batch completes goes out as one buffer for each connection")
    func oneWritePerBatch() throws {
        let first = try node.connect()
        let second = try node.connect()
        try first.send(puts(0..<10))
        try second.send(puts(10..<20))

        node.complete(0..<20)

        #expect(try first.receivedWrites().count == 1)
        #expect(try second.receivedWrites().count == 1)
    }

    @Test("Kinds may be mixed: a read after a write shows it, an error waits for its turn")
    func mixed() throws {
        let connection = try node.connect()
        try connection.send(
            puts(0..<1) + Connection.text("GET", "/v1/kv/k0?stale") + Connection.text("GET", "/nothing")
                + Connection.text("GET", "/v1/kv/k0") + Connection.text("DELETE", "/v1/kv/k0"))
        #expect(try connection.received().isEmpty)

        node.complete([1, 2])
        #expect(try connection.received().isEmpty)
        node.complete([0])

        let answers = try Answer.all(try connection.received())
        #expect(answers.map(\.status) == [200, 200, 404, 200, 200])
        #expect(answers[1].body == "v0")
    }

    @Test("Requests cut into single bytes are the same requests")
    func byteByByte() throws {
        let connection = try node.connect()
        node.answersAtOnce()
        for byte in (puts(0..<3) + Connection.text("GET", "/v1/kv/k2?stale")).utf8 { try connection.send([byte]) }

        let answers = try Answer.all(try connection.received())
        #expect(answers.map(\.status) == [200, 200, 200, 200])
        #expect(answers[3].body == "v2")
        #expect(node.services.bodies.bytes == 0)
    }

    @Test("A completion for a connection that is gone is dropped")
    func closedWhilePending() throws {
        let connection = try node.connect()
        try connection.send(puts(0..<3))

        try connection.channel.close().wait()
        node.complete(0..<3)

        #expect(!connection.isOpen)
        #expect(try node.connect().request("GET", "/livez").status == 200)
    }

    @Test("A late completion never reaches the next connection in the same slot")
    func slotReuse() throws {
        let first = try node.connect()
        try first.send(puts(0..<2))
        try first.channel.close().wait()
        node.eventLoop.run()
        let second = try node.connect()
        try second.send(puts(10..<12))
        #expect(node.replica.submissions[0].tag.connection == node.replica.submissions[2].tag.connection)

        node.complete([0, 1])
        #expect(try second.received().isEmpty)
        node.complete([2, 3])
        #expect(
            try Answer.all(try second.received()).map { $0.body.prefix(12) } == [#"{"key":"k10""#, #"{"key":"k11""#])
    }

    @Test("A completion that comes twice counts once")
    func duplicateCompletion() throws {
        let connection = try node.connect()
        try connection.send(puts(0..<2))

        node.complete([0, 0])
        node.complete([0])

        #expect(try Answer.all(try connection.received()).count == 1)
        node.complete([1])
        #expect(try Answer.all(try connection.received()).count == 1)
    }

    @Test("Tags that name nothing are ignored")
    func strangeTags() throws {
        let connection = try node.connect()
        try connection.send(puts(0..<1))
        let tag = node.replica.submissions[0].tag
        for (slot, request) in [(tag.connection + 1, tag.request), (.max, 0), (tag.connection, tag.request + 1)] {
            let stray = RequestTag(sink: 0, connection: slot, request: request)
            node.sink.post([Completion(tag: stray, outcome: .readable)])
        }
        #expect(try connection.received().isEmpty)
        node.complete([0])
        #expect(try Answer(try connection.received()).status == 200)
    }

    // MARK: Backpressure

    @Test("At 128 requests without an answer the socket is not read any more, until some are answered")
    func pendingLimit() throws {
        let connection = try node.connect()
        try connection.send(puts(0..<127))
        let readsBelow = connection.reads.count
        try connection.send(puts(127..<128))
        #expect(connection.reads.count == readsBelow)

        node.complete([5])
        #expect(connection.reads.count == readsBelow)
        node.complete([0])
        #expect(connection.reads.count == readsBelow + 1)
    }

    @Test("A megabyte of answers to come stops the reading, too")
    func echoLimit() throws {
        let connection = try node.connect()
        let value = String(repeating: "x", count: 600_000)
        let request = Connection.text("POST", "/store", body: #"{"key":"k","value":"\#(value)"}"#)
        try connection.send(request)
        let before = connection.reads.count
        try connection.send(request)
        #expect(connection.reads.count == before)

        node.complete([0])
        #expect(connection.reads.count == before + 1)
        node.complete([1])
        #expect(try Answer.all(try connection.received()).count == 2)
    }

    @Test("A client that does not read gets no more answers made, and all of them once it reads")
    func unwritable() throws {
        let connection = try node.connect()
        node.answersAtOnce()
        try connection.send(puts(0..<1))
        _ = try connection.received()
        connection.setWritable(false)
        let before = connection.reads.count

        try connection.send((0..<50).map { _ in Connection.text("GET", "/v1/kv/k0?stale") }.joined())
        #expect(try connection.received().isEmpty)
        #expect(connection.reads.count == before)

        connection.setWritable(true)
        #expect(try Answer.all(try connection.received()).count == 50)
        #expect(connection.reads.count == before + 1)
    }

    @Test("Pipelined reads of large values go out in pieces")
    func largeAnswers() throws {
        let connection = try node.connect()
        node.answersAtOnce()
        let value = String(repeating: "x", count: 200_000)
        _ = try connection.request("PUT", "/v1/kv/big", body: value)
        try connection.send((0..<20).map { _ in Connection.text("GET", "/v1/kv/big?stale") }.joined())

        let writes = try connection.receivedWrites()
        #expect(writes.count > 5)
        #expect(writes.allSatisfy { $0.count < 2 * HTTPLimits.writeBytesTarget })
        #expect(writes.reduce(0) { $0 + $1.count } > 20 * 200_000)
    }
}
