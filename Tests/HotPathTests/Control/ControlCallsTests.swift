import NIOCore
import RaftCore
import Testing

@testable import HotPath

@Suite("Control requests that went to the leader")
struct ControlCallsTests {
    @Test("The answer of the node that was asked is passed on, once")
    func answer() {
        var calls = ControlCalls()
        var answers: [ByteBuffer?] = []
        calls.append(id: 7, leader: "a") { answers.append($0) }

        #expect(calls.take(id: 7, from: "b") == nil)
        #expect(calls.take(id: 8, from: "a") == nil)
        calls.take(id: 7, from: "a")?(ByteBuffer(string: "done"))

        #expect(answers == [ByteBuffer(string: "done")])
        #expect(calls.take(id: 7, from: "a") == nil)
    }

    @Test("With the link to the leader its calls end, and no others")
    func link() {
        var calls = ControlCalls()
        var ended: [UInt64] = []
        for (id, leader) in [(1, "a"), (2, "b"), (3, "a")] as [(UInt64, NodeID)] {
            calls.append(id: id, leader: leader) { _ in ended.append(id) }
        }

        for caller in calls.endLink(to: "a") { caller(nil) }

        #expect(ended == [1, 3])
        #expect(calls.endLink(to: "a").isEmpty)
        #expect(calls.take(id: 2, from: "b") != nil)
    }
}
