internal import RaftCore
internal import Testing

@Suite("Thesis 6.4: Reads without log entries")
struct ReadIndexTests {
    @Test("6.4 The leader confirms by a round of heartbeats that it has not been superseded")
    func confirmed() {
        let node = SimulatedNode(voters: ["a", "b", "c", "d", "e"], learners: ["l"])
        node.leadAndCommit()

        #expect(node.step(.readIndex(ReadID(7))).readsReady.isEmpty)
        let requests = node.endTurn().requests
        #expect(requests.count == 4)
        #expect(requests.allSatisfy { $0.readRound == 1 })

        #expect(node.matchAll(by: "b", round: 1).readsReady.isEmpty)
        #expect(node.matchAll(by: "b", round: 1).readsReady.isEmpty)
        #expect(node.matchAll(by: "l", round: 1).readsReady.isEmpty)
        #expect(node.matchAll(by: "c", round: 0).readsReady.isEmpty)
        #expect(node.matchAll(by: "d", round: 1).readsReady == [ReadyRead(id: ReadID(7), index: LogIndex(1))])
    }

    @Test("6.4 A leader that has not committed an entry of its term waits until it has")
    func waitsForCommit() {
        let node = SimulatedNode(log: [1, 1])
        node.lead()
        node.flush()
        node.endTurn()

        node.step(.readIndex(ReadID(1)))
        #expect(node.endTurn().requests.isEmpty)
        node.matched(3, term: 2, by: "b")
        let turn = node.endTurn()
        #expect(turn.requests.allSatisfy { $0.readRound == 1 })
        #expect(node.matchAll(by: "c", round: 1).readsReady == [ReadyRead(id: ReadID(1), index: LogIndex(3))])
    }

    @Test("Reads that arrive while a round is in flight share the next one; the answer to an older round is not enough")
    func sharedRounds() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.readIndex(ReadID(1)))
        node.endTurn()
        node.step(.readIndex(ReadID(2)))
        node.step(.propose(sizes: [1]))
        node.flush()
        #expect(node.endTurn().requests.map(\.readRound) == [1, 1])
        node.step(.readIndex(ReadID(3)))

        #expect(
            node.matched(2, term: 1, by: "b", round: 1).readsReady == [ReadyRead(id: ReadID(1), index: LogIndex(1))])
        #expect(node.endTurn().requests.allSatisfy { $0.readRound == 2 })
        #expect(node.matchAll(by: "c", round: 1).readsReady.isEmpty)
        #expect(
            node.matchAll(by: "c", round: 2).readsReady == [
                ReadyRead(id: ReadID(2), index: LogIndex(2)), ReadyRead(id: ReadID(3), index: LogIndex(2)),
            ])
    }

    @Test("A lost round is repeated by the next heartbeat")
    func lostRound() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.readIndex(ReadID(1)))
        node.endTurn()

        node.timeOut()

        #expect(node.endTurn().requests.map(\.readRound) == [1, 1])
    }

    @Test("A rejection confirms a round as well as a match does")
    func conflictConfirms() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [1]))
        node.endTurn()
        node.step(.readIndex(ReadID(1)))
        let sequence = node.endTurn().requests(to: "b").first?.sequence ?? 0
        let response = AppendEntriesResponse(
            result: .conflict(rejected: .at(2, 1), hint: .at(1, 1)), readRound: 1, sequence: sequence)

        let effects = node.receive(.appendEntriesResponse(response), from: "b", term: 1)

        #expect(effects.readsReady.map(\.id) == [ReadID(1)])
    }

    @Test("A single voter confirms at once, after its first commit")
    func singleVoter() {
        let node = SimulatedNode(voters: ["a"], learners: ["l"])
        node.timeOut()
        node.flush()
        #expect(node.step(.readIndex(ReadID(1))).readsReady.isEmpty)
        #expect(node.flush().readsReady == [ReadyRead(id: ReadID(1), index: LogIndex(1))])
        #expect(node.step(.readIndex(ReadID(2))).readsReady == [ReadyRead(id: ReadID(2), index: LogIndex(1))])
    }

    @Test("Reads fail at once elsewhere, and with the end of leadership")
    func failures() {
        let node = SimulatedNode()
        #expect(node.step(.readIndex(ReadID(1))).readsFailed == [ReadID(1)])
        node.leadAndCommit()
        node.step(.readIndex(ReadID(2)))
        node.endTurn()
        node.step(.readIndex(ReadID(3)))

        let effects = node.append(from: "b", term: 2)

        #expect(effects.readsFailed == [ReadID(2), ReadID(3)])
        #expect(effects.readsReady.isEmpty)
    }

    @Test("A follower repeats the highest round, at once even while entries are being flushed, but not across terms")
    func followerRepeats() {
        let node = SimulatedNode(term: 1)
        node.append([1], term: 1, round: 3, sequence: 4)
        let first = node.endTurn()
        #expect(rounds(first) == [3])
        node.append(term: 1, round: 2, sequence: 3)
        #expect(rounds(node.endTurn()) == [3])

        node.append(from: "c", term: 2, sequence: 1)
        node.flush()
        node.append(from: "c", term: 2, sequence: 2)
        #expect(rounds(node.endTurn()) == [0])
    }

    private func rounds(_ effects: Effects) -> [UInt64] {
        effects.messages.compactMap { message in
            if case .appendEntriesResponse(let response) = message.body { response.readRound } else { nil }
        }
    }
}
