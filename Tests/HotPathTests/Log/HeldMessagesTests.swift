import RaftCore
import Testing

@testable import HotPath

@Suite("Messages that wait for the disk")
struct HeldMessagesTests {
    private var held = HeldMessages()

    private func answer(_ result: AppendEntriesResponse.Result, to leader: NodeID = "a", term: UInt64 = 3) -> Message {
        let response = AppendEntriesResponse(result: result, readRound: 0, sequence: 0)
        return Message(from: "b", to: leader, term: Term(term), body: .appendEntriesResponse(response))
    }

    private func vote(to candidate: NodeID) -> Message {
        let response = RequestVoteResponse(isPreVote: false, requestTerm: Term(3), voteGranted: true)
        return Message(from: "b", to: candidate, term: Term(3), body: .requestVoteResponse(response))
    }

    @Test("A message leaves when its log job is durable and not before, in order")
    mutating func order() {
        held.append(vote(to: "a"), untilDurable: 1)
        held.append(answer(.matched(.of(4))), untilDurable: 2)
        held.append(vote(to: "c"), untilDurable: 2)

        #expect(held.popDurable(through: 0) == nil)
        #expect(held.popDurable(through: 1) == vote(to: "a"))
        #expect(held.popDurable(through: 1) == nil)
        #expect(held.popDurable(through: 2) == answer(.matched(.of(4))))
        #expect(held.popDurable(through: 2) == vote(to: "c"))
        #expect(held.popDurable(through: 2) == nil)
    }

    @Test("An answer takes the place of an earlier one that says no more, for the same job")
    mutating func replacement() {
        for index in UInt64(1)...100 { held.append(answer(.matched(.of(index))), untilDurable: 1) }
        #expect(held.count == 1)
        held.append(answer(.matched(.of(100))), untilDurable: 2)
        #expect(held.count == 2, "an answer that waits for a later job replaced one that leaves earlier")
        #expect(held.popDurable(through: 1) == answer(.matched(.of(100))))
    }

    @Test("Answers to another node, of another term or with another message are kept apart")
    mutating func noReplacement() {
        let conflict = AppendEntriesResponse.Result.conflict(rejected: .of(9), hint: .of(4))
        let other = AppendEntriesResponse.Result.conflict(rejected: .of(8), hint: .of(4))
        let messages = [
            answer(.matched(.of(4))), answer(.matched(.of(4)), to: "c"), answer(.matched(.of(4)), to: "c", term: 4),
            answer(conflict, to: "c", term: 4), answer(other, to: "c", term: 4), vote(to: "c"), vote(to: "c"),
        ]

        for message in messages { held.append(message, untilDurable: 1) }
        held.append(vote(to: "d"), untilDurable: 1)

        #expect(held.count == messages.count + 1)
        for message in messages { #expect(held.popDurable(through: 1) == message) }
    }

    @Test("A restart drops them")
    mutating func restart() {
        held.append(vote(to: "a"), untilDurable: 1)

        held.removeAll()

        #expect(held.count == 0)
        #expect(held.popDurable(through: 9) == nil)
    }
}
