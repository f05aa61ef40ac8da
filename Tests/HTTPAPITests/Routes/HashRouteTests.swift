import HotPath
import NIOCore
import NIOEmbedded
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("GET /v1/hash")
struct HashRouteTests {
    private let node = EmbeddedNode()

    @Test("answers with the entry, what the data are, and what stands for them")
    func answer() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("GET", "/v1/hash"))
        #expect(try connection.received() == "")

        node.digests.complete(
            .success(
                StateDigest(
                    applied: LogID(index: LogIndex(12), term: Term(3)), revision: 9, keyCount: 4,
                    hash: 0x0123_4567_89AB_CDEF)))
        node.eventLoop.run()

        let answer = try Answer(try connection.received())
        #expect(answer.status == 200)
        #expect(answer.body == #"{"index":12,"term":3,"revision":9,"keys":4,"hash":"0123456789abcdef"}"# + "\n")
    }

    @Test("says that the node stops, and that the store cannot be read")
    func failures() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("GET", "/v1/hash"))
        node.digests.complete(.success(nil))
        node.eventLoop.run()
        let stopping = try Answer(try connection.received())
        #expect(stopping.status == 503)
        #expect(stopping.body.contains(#""code":"shutting_down""#))

        let other = try node.connect()
        try other.send(Connection.text("GET", "/v1/hash"))
        node.digests.complete(.failure(StoreFailure(operation: "read", message: "disk on fire")))
        node.eventLoop.run()
        let failed = try Answer(try other.received())
        #expect(failed.status == 500)
        #expect(failed.body.contains("disk on fire"))
    }

    @Test("is refused if too many wait, and says when it was not answered in time that it only read")
    func limits() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("GET", "/v1/hash?timeout=1ms"))
        node.eventLoop.advanceTime(by: .seconds(1))
        node.table.sweep()
        let late = try Answer(try connection.received())
        #expect(late.status == 504)
        #expect(late.body.contains("the read was not answered in time"))
        #expect(!late.body.contains(#""applied":"unknown""#))

        node.digests.fill()
        let refused = try node.connect().request("GET", "/v1/hash")
        #expect(refused.status == 429)
        #expect(refused.body.contains(#""code":"overloaded""#))
    }

    @Test("takes no parameter but the time-out and the form")
    func parameters() throws {
        #expect(try node.connect().request("GET", "/v1/hash?prefix=a").status == 400)
    }
}
