@testable import RaftCore
internal import Testing

@Suite("A member that lost what it had acknowledged: itself")
struct LostDataFollowerTests {
    /// Has entry 1 of term 1, and learns from a, which leads term 1, that it had acknowledged three.
    private func told() -> (node: SimulatedNode, effects: Effects) {
        let node = SimulatedNode("b", log: [1], term: 1)
        let effects = node.append(after: (1, 1), from: "a", term: 1, lost: .at(3, 1))
        return (node, effects)
    }

    private let lost = LostData(acknowledged: .at(3, 1), term: Term(1))

    private func votes(
        of node: SimulatedNode, term: UInt64, last: LogID = .at(9, 1), preVote: Bool = false
    ) -> [Bool] {
        node.receive(.requestVote(last: last, preVote: preVote), from: "c", term: term).votes.map(\.voteGranted)
    }

    @Test("It writes down what it lost, with the term in which that was found")
    func isTold() {
        let (node, effects) = told()

        #expect(effects.hardState == HardState(currentTerm: Term(1), lostData: lost))
        #expect(effects.dataLosses == [DataLoss(node: "b", acknowledged: LogIndex(3), stage: .found(has: LogIndex(1)))])
        #expect(node.missesData)
        let again = node.append(after: (1, 1), from: "a", term: 1, sequence: 2, lost: .at(3, 1))
        #expect(again.hardState == nil)
        #expect(again.dataLosses.isEmpty)
    }

    @Test("Until it has that again it does not campaign, and grants no vote or pre-vote to who lacks some of it")
    func elections() {
        let (node, _) = told()
        node.flush()
        node.pass(milliseconds: 5_000)

        #expect(node.raft.nextDeadline == nil)
        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)
        node.receive(.timeoutNow(TimeoutNow(lastLogID: .at(1, 1))), from: "a", term: 1)
        #expect(node.raft.role == .follower)
        #expect(votes(of: node, term: 2, last: .at(2, 1), preVote: true) == [false])
        #expect(votes(of: node, term: 1) == [false])
        #expect(votes(of: node, term: 2, last: .at(2, 1)) == [false])
        #expect(votes(of: node, term: 7, last: .at(2, 1)) == [false])
        #expect(node.raft.hardState == HardState(currentTerm: Term(7), lostData: lost))
    }

    @Test("§5.4.1 In a later term it votes for who has what it had, as it would have without the loss")
    func votesForWhoHasIt() {
        let (node, _) = told()
        node.flush()
        node.pass(milliseconds: 5_000)

        #expect(votes(of: node, term: 1, preVote: true) == [false])
        #expect(votes(of: node, term: 1, last: .at(3, 1)) == [false])
        #expect(votes(of: node, term: 2, last: .at(3, 1), preVote: true) == [true])
        let effects = node.receive(.requestVote(last: .at(3, 1)), from: "c", term: 2)

        #expect(effects.votes.map(\.voteGranted) == [true])
        #expect(effects.hardState == HardState(currentTerm: Term(2), votedFor: "c", lostData: lost))
        #expect(node.missesData)
        #expect(node.raft.nextDeadline == nil)
    }

    @Test("§5.4.1 Its log, which is more up-to-date than what it had but not durable, denies its vote as well")
    func votesByItsLog() {
        let (node, _) = told()
        node.append([2], after: (1, 1), from: "c", term: 2)
        node.pass(milliseconds: 5_000)
        #expect(node.missesData)

        #expect(votes(of: node, term: 3, last: .at(9, 1), preVote: true) == [false])
        #expect(votes(of: node, term: 3, last: .at(2, 2), preVote: true) == [true])
    }

    @Test("It has it again when that is durable, not before")
    func repair() {
        let (node, _) = told()

        node.append([1, 1], after: (1, 1), from: "a", term: 1, lost: .at(3, 1))
        #expect(node.missesData)
        let effects = node.flush()

        #expect(!node.missesData)
        #expect(effects.dataLosses == [DataLoss(node: "b", acknowledged: LogIndex(3), stage: .repaired)])
    }

    @Test("In the term of the loss it never votes, because it may have voted and forgotten it; in later ones it does")
    func terms() {
        let (node, _) = told()
        node.append([1, 1], after: (1, 1), from: "a", term: 1, lost: .at(3, 1))
        node.flush()
        node.pass(milliseconds: 600)

        #expect(votes(of: node, term: 1) == [false])
        #expect(votes(of: node, term: 2, preVote: true) == [true])
        let effects = node.receive(.requestVote(last: .at(9, 1)), from: "c", term: 2)
        #expect(effects.votes.map(\.voteGranted) == [true])
        #expect(effects.hardState == HardState(currentTerm: Term(2), votedFor: "c"))
    }

    @Test("It may campaign again, in a later term")
    func campaign() {
        let (node, _) = told()
        node.append([1, 1], after: (1, 1), from: "a", term: 1, lost: .at(3, 1))
        node.flush()

        node.lead()

        #expect(node.raft.role == .leader)
        #expect(node.raft.hardState == HardState(currentTerm: Term(2), votedFor: "b"))
    }

    @Test("A repetition of the news after the repair changes nothing")
    func repetition() {
        let (node, _) = told()
        node.append([1, 1], after: (1, 1), from: "a", term: 1, lost: .at(3, 1))
        node.flush()

        let effects = node.append(after: (1, 1), from: "a", term: 1, lost: .at(3, 1))

        #expect(effects.hardState == nil)
        #expect(!node.missesData)
    }

    @Test("A restart during the repair, or another leader that knows nothing of it, ends nothing early")
    func restart() {
        var recovered = Raft.Recovered()
        recovered.configuration = Configuration(members: ["a", "b", "c"].map { Member(id: $0, role: .voter) })
        recovered.append(terms: [1])
        recovered.hardState = HardState(currentTerm: Term(1), lostData: lost)
        let node = SimulatedNode("b", recovered: recovered)
        #expect(node.missesData)
        #expect(node.raft.nextDeadline == nil)
        #expect(votes(of: node, term: 2, last: .at(2, 1)) == [false])

        node.append([1], after: (1, 1), from: "c", term: 3)
        node.flush()
        #expect(node.missesData)
        node.append([1], after: (2, 1), from: "c", term: 3)
        let effects = node.flush()

        #expect(!node.missesData)
        #expect(effects.hardState == HardState(currentTerm: Term(3)))
    }

    @Test("§5.4 An entry of a later leader stands for all that was committed before, also in a shorter log")
    func laterTerm() {
        let (node, _) = told()

        node.append([2], after: (1, 1), from: "c", term: 2)
        node.flush()

        #expect(!node.missesData)
        #expect(node.raft.hardState.lostData == nil)
    }

    @Test("A loss that no correct leader reports is refused at the gate")
    func refusal() {
        let node = SimulatedNode("b", log: [1], term: 1)
        let message = Message(from: "a", to: "b", term: Term(1), body: .append(after: (1, 1), lost: .at(3, 2)))

        #expect(node.raft.refusal(of: message) == .entryOfLaterTerm(Term(2), in: Term(1)))
    }
}
