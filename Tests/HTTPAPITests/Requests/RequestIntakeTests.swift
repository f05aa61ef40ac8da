import KeyValue
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite("The intake of a request")
struct RequestIntakeTests {
    private var intake: RequestIntake
    private var budget = BodyBudget()
    private let node = EmbeddedNode { $0.requestTimeoutMilliseconds = 1_234 }

    init() { intake = RequestIntake(now: node.services.now) }

    private var start: NIODeadline { node.services.now }

    /// Lets time pass.
    private func advance(_ time: TimeAmount) {
        node.eventLoop.advanceTime(by: time)
        node.services.readClock()
    }

    /// The names of the parts in `text`, as one read.
    private mutating func parts(_ text: String) -> [String] {
        var bytes = intake.join(ByteBuffer(string: text))
        var names: [String] = []
        while let part = intake.next(in: &bytes, node.services) {
            switch part {
            case .head:
                names.append("head \(String(decoding: intake.request.key, as: UTF8.self))")
                _ = intake.planBody()
            case .body(let part):
                names.append("body \(String(buffer: part))")
                _ = intake.collect(part, &budget)
            case .end: names.append("end")
            case .undecoded(let rest):
                names.append("undecoded \(rest.readableBytes)")
                return names
            }
        }
        return names
    }

    @Test("Pipelined requests come apart in their parts")
    mutating func pipelined() {
        let text =
            "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /v1/kv/b HTTP/1.1\r\nHost: x\r\n\r\n"
        #expect(parts(text) == ["head a", "body abc", "end", "head b", "end"])
        #expect(!intake.isInsideRequest)
    }

    @Test("Bytes that come one by one make the same request")
    mutating func cut() {
        var seen: [String] = []
        for byte in "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nxy" {
            #expect(seen.isEmpty == intake.request.key.isEmpty)
            seen += parts(String(byte))
        }
        #expect(seen == ["head a", "body x", "body y", "end"])
    }

    @Test("The end of the input is inside a request once part of it is here")
    mutating func inside() {
        #expect(!intake.isInsideRequest)
        #expect(parts("PUT /v1/k").isEmpty)
        #expect(intake.isInsideRequest)
        #expect(parts("v/a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx") == ["head a", "body x"])
        #expect(intake.isInsideRequest)
        #expect(parts("y") == ["body y", "end"])
        #expect(!intake.isInsideRequest)
    }

    @Test("The first head that is not plain goes to NIO's decoder, with all that follows it")
    mutating func undecoded() {
        let odd = "GET  /v1/kv/a HTTP/1.1\r\nHost: x\r\n\r\n"
        #expect(
            parts("GET /v1/kv/b HTTP/1.1\r\nHost: x\r\n\r\n" + odd) == ["head b", "end", "undecoded \(odd.utf8.count)"])
        #expect(!intake.isInsideRequest)
    }

    @Test("Nothing of one head reaches the next")
    mutating func replaced() {
        let full = """
            PUT /v1/kv/a?cas=7&timeout=9s HTTP/1.1\r
            Host: x\r
            Content-Type: text/plain\r
            Content-Length: 0\r
            \r

            """
        #expect(parts(full) == ["head a", "end"])
        #expect(intake.request.head.condition == .revision(7))
        #expect(intake.request.head.contentType == "text/plain")
        #expect(intake.request.head.timeoutMilliseconds == 9_000)

        #expect(parts("POST /store HTTP/1.1\r\nHost: x\r\n\r\n") == ["head ", "end"])
        #expect(intake.request.head.condition == .none)
        #expect(intake.request.head.contentType.isEmpty)
        #expect(intake.request.head.contentLength == nil)
        #expect(intake.request.head.timeoutMilliseconds == 1_234)
        #expect(!intake.request.head.hasOwnTimeout)
        #expect(intake.request.head.surface == .legacy)
    }

    // MARK: Bodies

    @Test("A body counts in the budget until it is dropped")
    mutating func budgeted() {
        #expect(
            parts("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n12345") == ["head a", "body 12345"])
        #expect(budget.bytes == 5)
        #expect(parts("6789") == ["body 6789", "end"])
        #expect(budget.bytes == 9)
        #expect(intake.request.body.map { String(buffer: $0) } == "123456789")

        intake.dropBody(&budget)
        intake.dropBody(&budget)

        #expect(budget.bytes == 0)
    }

    @Test("A body for which there is no room is refused and thrown away")
    mutating func overloaded() {
        budget.takeAnyway(HTTPLimits.collectedBytesMax - 4)
        #expect(parts("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123") == ["head a", "body 123"])
        #expect(parts("456789") == ["body 456789", "end"])
        #expect(intake.request.head.refusal?.code == .overloaded)
        #expect(intake.request.body == nil)
        #expect(budget.bytes == HTTPLimits.collectedBytesMax - 4)
    }

    @Test("A body nobody wants is not kept, and one without an end is reported")
    mutating func endless() {
        #expect(
            parts("GET /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc") == ["head a", "body abc", "end"])
        #expect(intake.request.body == nil)
        let part = ByteBuffer(repeating: 0, count: HTTPLimits.requestBytesMax / 2)
        #expect(intake.collect(part, &budget) == .goesOn)
        #expect(intake.collect(part, &budget) == .endless)
        #expect(intake.request.head.refusal?.code == .requestTooLarge)
        #expect(budget.bytes == 0)
    }

    @Test(
        "The header decides about the body",
        arguments: [
            ("PUT /v1/kv/a", "Content-Length: 3", IncomingRequest.BodyPlan.keep), ("GET /v1/kv/a", "A: b", .discard),
            ("PUT /v1/kv/a", "Content-Length: 99999999", .answerBefore),
            ("PUT /v1/kv/a", "Content-Length: 2000000", .discard),
            ("PUT /nowhere", "Content-Length: 3", .discard),
        ])
    mutating func plans(_ line: String, _ field: String, _ expected: IncomingRequest.BodyPlan) {
        var bytes = ByteBuffer(string: "\(line) HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\n")
        _ = intake.next(in: &bytes, node.services)
        #expect(intake.planBody() == expected)
    }

    // MARK: Time

    @Test("A header has its time from its first byte, and a stall of the server does not count")
    mutating func slowHeader() {
        let limit = TimeAmount.milliseconds(node.services.settings.headerTimeoutMilliseconds)
        advance(limit + limit)
        #expect(!intake.isHeaderTooSlow(node.services))
        #expect(parts("GET /v1").isEmpty)
        #expect(intake.isInHeader)
        advance(limit)
        #expect(!intake.isHeaderTooSlow(node.services))
        advance(.nanoseconds(1))
        #expect(intake.isHeaderTooSlow(node.services))

        intake.restartClock(now: start)
        #expect(!intake.isHeaderTooSlow(node.services))
        #expect(parts("/kv/a HTTP/1.1\r\nHost: x\r\n\r\n") == ["head a", "end"])
        #expect(!intake.isInHeader)
    }

    @Test("A body has to make progress in every window, and a fast start does not pay for a slow end")
    mutating func slowBody() {
        let window = TimeAmount.milliseconds(HTTPLimits.bodyWindowMilliseconds) + .nanoseconds(1)
        #expect(parts("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n") == ["head a"])
        _ = parts(String(repeating: "x", count: 2 * HTTPLimits.bodyBytesPerWindowMin))
        #expect(intake.isBodyTooSlow(now: start + .nanoseconds(1)) == false)
        #expect(intake.isBodyTooSlow(now: start + window) == false)
        #expect(intake.isBodyTooSlow(now: start + window) == false)
        #expect(intake.isBodyTooSlow(now: start + window + window) == true)
    }
}
