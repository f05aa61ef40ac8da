import Testing

@testable import ClusterSimulation

@Suite("Faults in words")
struct FaultWordsTests {
    private static let settings = SimulationSettings()

    @Test("The words of a fault say all of it", arguments: FaultKind.allCases)
    func roundTrip(kind: FaultKind) {
        var draw = Draw(seed: 7, concern: 1)
        for _ in 0..<50 {
            let fault = kind.fault(&draw, Self.settings, reach: Schedule.nodeCountMax)
            #expect(Fault(words: fault.description) == fault)
            let verb = fault.description.prefix { $0 != " " }
            #expect(Fault.forms.contains { $0.prefix { $0 != " " } == verb }, "nobody learns how \(verb) is written")
        }
    }

    @Test(
        "Words that say no fault are none",
        arguments: [
            "", "crash", "crash z for 10", "crash leader", "crash leader for x", "crash leader for 10 twice",
            "cut a for 10", "fly a for 10", "split for 10", "transfer to nobody",
        ])
    func refused(words: String) {
        #expect(Fault(words: words) == nil)
    }
}
