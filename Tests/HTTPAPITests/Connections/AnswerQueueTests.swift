import HotPath
import KeyValue
import NIOCore
import Testing

@testable import HTTPAPI

@Suite("The queue of answers")
struct AnswerQueueTests {
    private let node = EmbeddedNode()
    private var queue: AnswerQueue
    private var head = RequestHead(timeoutMilliseconds: 1_000)

    init() { queue = AnswerQueue(of: ConnectionPlace(sink: 0, slot: 3, generation: 9)) }

    private var services: LoopServices { node.services }

    private mutating func appendPut(_ key: String) -> RequestTag {
        queue.repeatText { $0.writeString(key) }
        return queue.append(.write(KeyValueRoutes.Put.self), .waiting, for: head, services)
    }

    private mutating func appendRead(_ key: String, _ answer: OpenRequest.Answer) -> RequestTag {
        queue.repeatText { $0.writeString(key) }
        return queue.append(.read(KeyValueRoutes.Get.self), answer, for: head, services)
    }

    private func applied(_ revision: UInt64) -> Outcome {
        .written(CommandResult(status: .applied, existed: false, revision: revision))
    }

    /// Writes the answers that are due.
    private mutating func answers() throws -> [Answer] {
        var output = ByteBuffer()
        while queue.isFirstAnswered, queue.writeFirst(closing: false, services, to: &output) {}
        return try Answer.all(String(buffer: output))
    }

    private var after: NIODeadline { services.deadline(afterMilliseconds: 1_000) }

    // MARK: Order

    @Test("Outcomes come in any order, and answers leave in the order of the requests, each with its own bytes")
    mutating func order() throws {
        let tags = [appendPut("a"), appendPut("b"), appendPut("c")]
        #expect(queue.count == 3)
        #expect(queue.complete(tags[2].request, with: applied(3), services) == true)
        #expect(try answers().isEmpty)

        #expect(queue.complete(tags[0].request, with: applied(1), services) == true)
        #expect(try answers().map(\.body) == [#"{"key":"a","revision":1}"# + "\n"])
        #expect(queue.complete(tags[1].request, with: applied(2), services) == true)
        #expect(
            try answers().map(\.body) == [#"{"key":"b","revision":2}"# + "\n", #"{"key":"c","revision":3}"# + "\n"])

        #expect(queue.isEmpty)
        #expect(queue.repeatedBytes == 0)
    }

    @Test("A second outcome, one of another connection and one of a request that is gone change nothing")
    mutating func strangers() throws {
        let tag = appendPut("a")
        let stranger = ConnectionPlace(sink: 0, slot: 3, generation: 8).tag(ofSequence: 0)
        #expect(queue.complete(stranger.request, with: applied(1), services) == false)
        #expect(queue.complete(tag.request, with: applied(2), services) == true)
        #expect(queue.complete(tag.request, with: applied(3), services) == false)
        #expect(try answers().map { $0["X-Skiff-Revision"] } == ["2"])
        #expect(queue.complete(tag.request, with: applied(4), services) == false)
        #expect(queue.complete(tag.request + 1, with: applied(5), services) == false)
    }

    @Test("The order continues where its numbers begin anew")
    mutating func wrap() throws {
        queue = AnswerQueue(of: ConnectionPlace(sink: 0, slot: 3, generation: 9), firstSequence: .max - 1)
        let tags = [appendPut("a"), appendPut("b"), appendPut("c"), appendPut("d")]
        #expect(tags.map { ConnectionPlace.sequence(of: $0.request) } == [.max - 1, .max, 0, 1])
        #expect(tags.allSatisfy { $0.request >> 32 == 9 })

        for (tag, revision) in zip(tags, 1...4).reversed() {
            #expect(queue.complete(tag.request, with: applied(UInt64(revision)), services) == true)
        }

        #expect(try answers().map { $0["X-Skiff-Revision"] } == ["1", "2", "3", "4"])
        #expect(queue.complete(tags[3].request, with: applied(9), services) == false)
    }

    @Test("An error and an answer that is known wait for those before them")
    mutating func known() throws {
        let tag = appendPut("a")
        queue.append(.overloaded(), for: head, services)
        "ok\n".withBytes {
            queue.append(AnswerHead(.ok, AnswerHead.text), body: $0, for: head, services)
        }
        #expect(try answers().isEmpty)
        #expect(queue.complete(tag.request, with: .failed(.unknownOutcome), services) == true)
        let answers = try answers()
        #expect(answers.map(\.status) == [504, 429, 200])
        #expect(answers[2].body == "ok\n")
    }

    @Test("The control plane's answer is written as it is")
    mutating func prepared() throws {
        let tag = queue.append(.prepared(isWrite: true), .waiting, for: head, services)
        let text = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        #expect(queue.complete(tag.request, prepared: text) == true)
        #expect(queue.complete(tag.request, prepared: text) == false)
        #expect(try answers().map(\.body) == ["hi"])
    }

    @Test("The last answer says that the connection closes, if it does")
    mutating func closing() throws {
        let tag = appendPut("a")
        #expect(queue.complete(tag.request, with: applied(1), services) == true)
        var output = ByteBuffer()
        #expect(queue.writeFirst(closing: true, services, to: &output) == true)
        #expect(try Answer(String(buffer: output))["Connection"] == "close")
    }

    @Test("A queue that is never empty does not keep what it has answered")
    mutating func busy() throws {
        let text = String(repeating: "x", count: 10_000)
        var waiting = appendPut(text)
        for _ in 0..<100 {
            let next = appendPut(text)
            #expect(queue.complete(waiting.request, with: applied(1), services) == true)
            #expect(try answers().count == 1)
            waiting = next
        }
        #expect(queue.count == 1)
        #expect(queue.repeatedBytes == 10_000)
        #expect(queue.repeatedCapacity < 300_000)
    }

    // MARK: Time

    @Test("A request that waits is answered at its deadline, and its outcome is ignored then")
    mutating func expiry() throws {
        let first = appendPut("a")
        head.timeoutMilliseconds = 5_000
        let second = appendPut("b")
        #expect(queue.nextDeadline == after)

        queue.expire(now: after - .nanoseconds(1))
        #expect(try answers().isEmpty)
        queue.expire(now: after)
        #expect(try answers().map(\.status) == [504])
        #expect(queue.nextDeadline == services.deadline(afterMilliseconds: 5_000))

        #expect(queue.complete(first.request, with: applied(1), services) == false)
        #expect(queue.complete(second.request, with: applied(2), services) == true)
        #expect(try answers().map(\.status) == [200])
        queue.expire(now: .distantFuture)
        #expect(queue.nextDeadline == .distantFuture)
    }

    @Test("When the time to end in good order is over everything is answered")
    mutating func giveUp() throws {
        node.store.coolDown()
        _ = appendPut("a")
        _ = appendRead("b", .outcome(.readable))
        queue.giveUp()
        #expect(try answers().map(\.status) == [504])
        queue.askForRecords(node.table)
        #expect(try answers().map(\.status) == [504])
    }

    // MARK: Records

    @Test("A record that is not in memory is asked for with those of the reads right after it, and waited for")
    mutating func records() throws {
        node.store.coolDown()
        _ = appendRead("a", .outcome(.readable))
        _ = appendRead("b", .outcome(.readable))
        _ = appendPut("c")
        _ = appendRead("d", .outcome(.readable))
        #expect(queue.isFirstAnswered)
        #expect(try answers().isEmpty)

        queue.askForRecords(node.table)

        #expect(!queue.isFirstAnswered)
        let wanted = services.records.takeWanted()
        #expect(wanted.map { String(decoding: $0.key, as: UTF8.self) } == ["a", "b"])
        let later = queue.complete(wanted[1].tag.request, record: .nothing)
        #expect(later.isKept && !later.isFirst)
        #expect(try answers().isEmpty)
        let first = queue.complete(wanted[0].tag.request, record: .failed(StoreFailure(operation: "get", message: "x")))
        #expect(first.isKept && first.isFirst)
        #expect(try answers().map(\.status) == [500, 404])
        #expect(!queue.complete(wanted[0].tag.request, record: .nothing).isKept)
    }

    @Test("A record that the disk was not asked for in time ends its request")
    mutating func tooLate() throws {
        node.store.coolDown()
        _ = appendRead("a", .outcome(.readable))
        queue.askForRecords(node.table)
        let wanted = services.records.takeWanted()
        let late = queue.complete(wanted[0].tag.request, record: .tooLate)
        #expect(!late.isKept && late.isFirst)
        services.records.release(1)
        #expect(try answers().map(\.status) == [504])
    }

    // MARK: Batches

    @Test("A batch continues with its next chunk, and is answered with the last")
    mutating func chunks() throws {
        let tag = appendBatch(operations: 3, chunkOperationsMax: 1)
        #expect(services.bodies.bytes > 0)
        #expect(queue.complete(tag.request, with: applied(1), services) == false)
        #expect(queue.complete(tag.request, with: applied(2), services) == false)
        #expect(queue.complete(tag.request, with: applied(3), services) == true)
        #expect(node.replica.groups.map(\.operations.count) == [1, 1, 1])
        #expect(try answers().map { $0["X-Skiff-Revision"] } == ["3"])
        #expect(services.bodies.bytes == 0)
    }

    @Test("What a queue holds of its loop is given back when the connection goes")
    mutating func removeAll() {
        let tag = appendBatch(operations: 2, chunkOperationsMax: 1)
        node.store.coolDown()
        _ = appendRead("a", .outcome(.readable))

        queue.removeAll(services)

        #expect(services.bodies.bytes == 0)
        #expect(queue.isEmpty)
        #expect(queue.complete(tag.request, with: applied(1), services) == false)
    }

    private mutating func appendBatch(operations: Int, chunkOperationsMax: Int) -> RequestTag {
        for number in 0..<operations {
            Array("k\(number)".utf8).withUnsafeBytes { key in
                let failure = services.batch.append(
                    BatchOperation(
                        kind: .delete, key: BatchPiece(bytes: key, encoding: .plain), keyField: "key", valueType: nil),
                    chunkOperationsMax: chunkOperationsMax)
                #expect(failure == nil)
            }
        }
        queue.repeatText { $0.writeString(#"{"applied":"#) }
        let tag = queue.append(.write(BatchRoute.self), .waiting, for: head, services)
        let isTaken = queue.startBatch(tag, services)
        services.batch.removeAll()
        #expect(isTaken)
        return tag
    }
}
