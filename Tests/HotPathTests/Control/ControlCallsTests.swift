import NIOCore
import RaftCore
import Testing

@testable import HotPath

@Suite("Control requests that go to the leader")
struct ControlCallsTests {
    private func send(_ calls: inout ControlCalls, id: UInt64, to leader: NodeID) {
        for call in calls.takeUnsent() { calls.noteSent(call, id: id, to: leader) }
    }

    @Test("The answer of the node that was asked is passed on, once")
    func answer() {
        var calls = ControlCalls()
        var answers: [ControlReply] = []
        calls.append(ByteBuffer(string: "ask"), deadline: .milliseconds(100)) { answers.append($0) }
        #expect(calls.take(id: 7, from: "a") == nil)
        send(&calls, id: 7, to: "a")
        #expect(calls.takeUnsent().isEmpty)

        #expect(calls.take(id: 7, from: "b") == nil)
        #expect(calls.take(id: 8, from: "a") == nil)
        calls.take(id: 7, from: "a")?(.answer(ByteBuffer(string: "done")))

        #expect(answers == [.answer(ByteBuffer(string: "done"))])
        #expect(calls.take(id: 7, from: "a") == nil)
    }

    @Test("With the link to the leader end the calls that were sent on it, and no others")
    func link() {
        var calls = ControlCalls()
        var ended: [UInt64] = []
        for (id, leader) in [(1, "a"), (2, "b"), (3, "a")] as [(UInt64, NodeID)] {
            calls.append(ByteBuffer(), deadline: .milliseconds(100)) { _ in ended.append(id) }
            send(&calls, id: id, to: leader)
        }
        calls.append(ByteBuffer(), deadline: .milliseconds(100)) { _ in ended.append(4) }

        for caller in calls.endLink(to: "a") { caller(.lost) }

        #expect(ended == [1, 3])
        #expect(calls.endLink(to: "a").isEmpty)
        #expect(calls.take(id: 2, from: "b") != nil)
        #expect(calls.takeUnsent().count == 1)
    }

    @Test("A call ends at its deadline: one that was sent is lost, one that was not has reached nobody")
    func overdue() {
        var calls = ControlCalls()
        var ended: [UInt64: ControlReply] = [:]
        calls.append(ByteBuffer(), deadline: .milliseconds(100)) { ended[1] = $0 }
        send(&calls, id: 1, to: "a")
        calls.append(ByteBuffer(), deadline: .milliseconds(50)) { ended[2] = $0 }
        calls.append(ByteBuffer(), deadline: .milliseconds(200)) { ended[3] = $0 }

        #expect(calls.nextDeadline == .milliseconds(50))
        #expect(calls.takeOverdue(now: .milliseconds(49)).isEmpty)
        for (caller, reply) in calls.takeOverdue(now: .milliseconds(100)) { caller(reply) }

        #expect(ended == [1: .lost, 2: .notSent])
        #expect(calls.take(id: 1, from: "a") == nil)
        #expect(calls.nextDeadline == .milliseconds(200))
    }
}
