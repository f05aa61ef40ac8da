import HotPath
import KeyValue
import RaftCore
import Testing

@Suite("What a leader without a majority takes")
struct AdmissionTests {
    @Test("It takes what its limits allow and no more, answers nobody, and gives all of it back when it steps down")
    func withoutMajority() throws {
        let played = PlayedReplica()
        try played.lead()
        played.silent = ["b", "c"]
        let command = CommandHeader(kind: .put, keyBytes: 3, valueBytes: KeyValueLimits.valueBytesMax).encodedBytes

        var taken = 0
        while played.submitPut(valueBytes: KeyValueLimits.valueBytesMax) {
            taken += 1
            try #require(taken * command <= ReplicaLimits.waitingBytesMax)
            played.postBurst()
            try played.obey()
        }
        #expect(taken == ReplicaLimits.waitingBytesMax / command)
        #expect(played.takeDepartures().answers.isEmpty, "a write was answered without a majority")
        played.pass(milliseconds: 10_000)

        let answers = played.takeDepartures().answers
        #expect(answers.count == taken)
        #expect(answers.allSatisfy { $0.outcome == .failed(.unknownOutcome) })
        #expect(played.admission.waitingCommands == 0)
        #expect(played.admission.waitingBytes == 0)
    }
}
