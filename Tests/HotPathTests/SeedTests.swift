import Testing

@testable import Seeds

@Suite("Seeds of simulated runs")
struct SeedTests {
    @Test("Without a choice all seeds run, and each case is named by the command that runs it again")
    func all() {
        let seeds = Seed.all(3...4, of: "Suite/test", environment: [:])

        #expect(
            seeds.map(\.description) == [
                "SKIFF_SEED=3 swift test --filter Suite/test", "SKIFF_SEED=4 swift test --filter Suite/test",
            ])
    }

    @Test("A seed that is drawn is in the range, unless SKIFF_SEED chooses it")
    func random() {
        #expect((3...4).contains(Seed.random(in: 3...4, of: "Suite/test", environment: [:]).value))
        #expect(Seed.random(in: 3...4, of: "Suite/test", environment: ["SKIFF_SEED": "977"]).value == 977)
    }

    @Test("SKIFF_SEED chooses one seed, also one that is not in the range")
    func one() {
        #expect(Seed.all(3...4, of: "Suite/test", environment: ["SKIFF_SEED": "4"]).map(\.value) == [4])
        #expect(Seed.all(3...4, of: "Suite/test", environment: ["SKIFF_SEED": "977"]).map(\.value) == [977])
    }
}
