internal import Testing

@Suite("Seeds, and how a failing one is run again")
struct SeedsTests {
    @Test("Without the variable all seeds run, with it the one that it names, known or not")
    func selection() {
        #expect(Seeds(1...3, of: "test", environment: [:]).selected == [1, 2, 3])
        #expect(Seeds(1...3, of: "test", environment: ["SKIFF_SEED": "2"]).selected == [2])
        #expect(Seeds(1...3, of: "test", environment: ["SKIFF_SEED": "37"]).selected == [37])
        #expect(Seeds(1...3, of: "test", environment: ["SKIFF_SEED": "x"]).selected == [1, 2, 3])
    }

    @Test("A failure prints a command")
    func command() {
        let seeds = Seeds(1...3, of: "RaftCoreTests.SimulationTests/storm", environment: [:])

        #expect(seeds.replay(37).hasSuffix("SKIFF_SEED=37 swift test --filter 'RaftCoreTests.SimulationTests/storm'"))
    }
}
