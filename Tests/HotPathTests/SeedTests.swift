import Testing

@Suite("Seeds of simulated runs")
struct SeedTests {
    @Test("Without a choice all seeds run, and each case is named by the command that runs it again")
    func all() {
        let seeds = Seed.all(3...4, of: "Suite/test", environment: [:])

        #expect(
            seeds.map(\.testDescription) == [
                "SKIFF_SEED=3 swift test --filter Suite/test", "SKIFF_SEED=4 swift test --filter Suite/test",
            ])
    }

    @Test("SKIFF_SEED chooses one seed, also one that is not in the range")
    func one() {
        #expect(Seed.all(3...4, of: "Suite/test", environment: ["SKIFF_SEED": "4"]).map(\.value) == [4])
        #expect(Seed.all(3...4, of: "Suite/test", environment: ["SKIFF_SEED": "977"]).map(\.value) == [977])
    }
}
