import HotPath
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("What connections of one loop share")
struct ConnectionPartsTests {
    @Test("A place names its requests, and a later connection in the same slot owns none of them")
    func places() throws {
        let node = EmbeddedNode()
        node.replica.onBurst = { _ in }
        let first = try node.connect()
        try first.send(Connection.text("PUT", "/v1/kv/a", body: "x"))
        let tag = node.replica.submissions[0].tag
        first.channel.close(promise: nil)
        node.eventLoop.run()
        let second = try node.connect()
        try second.send(Connection.text("PUT", "/v1/kv/b", body: "y"))

        let other = node.replica.submissions[1].tag
        #expect(tag.connection == other.connection)
        #expect(tag.request != other.request)
        node.sink.post([Completion(tag: tag, outcome: .failed(.noLeader))])
        #expect(try second.received().isEmpty)
        node.complete([1])
        #expect(try Answer(try second.received()).status == 200)
    }

    @Test("A connection that was accepted before the end and set up after it is not served")
    func drainedBefore() throws {
        let node = EmbeddedNode()
        let isDrained = Atomic(false)
        let drained = node.eventLoop.makePromise(of: Void.self)
        drained.futureResult.whenSuccess { isDrained.store(true, ordering: .relaxed) }
        node.table.drain(drained)
        node.eventLoop.run()
        let isDrainedAtOnce = isDrained.load(ordering: .relaxed)
        #expect(isDrainedAtOnce)

        #expect(throws: (any Error).self) { try node.connect() }

        let channel = EmbeddedChannel(loop: node.eventLoop)
        #expect(throws: (any Error).self) { try HTTPServer.addHandler(to: channel, of: node.table) }
        #expect(throws: (any Error).self) { try channel.pipeline.syncOperations.handler(type: HTTPConnection.self) }
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("A budget takes up to its limit and not a byte more")
    func budget() {
        var budget = BodyBudget()
        #expect(budget.take(HTTPLimits.collectedBytesMax - 1) == true)
        #expect(budget.take(2) == false)
        #expect(budget.take(1) == true)
        #expect(budget.take(1) == false)
        budget.giveBack(10)
        #expect(budget.take(10) == true)
    }

    @Test("A socket whose answers pile up is not read, and read again when there is room")
    func flow() {
        var flow = SocketFlow(now: .now())
        #expect(flow.mayRead(hasRoom: true) == true)
        #expect(flow.resumeReading(hasRoom: true) == false)
        #expect(flow.mayRead(hasRoom: false) == false)
        #expect(flow.holdsReadBack)
        #expect(flow.resumeReading(hasRoom: false) == false)
        flow.isWritable = false
        #expect(flow.resumeReading(hasRoom: true) == false)
        flow.isWritable = true
        #expect(flow.resumeReading(hasRoom: true) == true)
        #expect(flow.resumeReading(hasRoom: true) == false)
    }

    @Test("Answers are written once at a time")
    func sending() {
        var flow = SocketFlow(now: .now())
        #expect(flow.beginSending() == true)
        #expect(flow.beginSending() == false)
        flow.endSending()
        #expect(flow.beginSending() == true)
    }
}
