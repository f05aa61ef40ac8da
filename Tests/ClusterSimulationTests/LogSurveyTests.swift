import Testing

@testable import ClusterSimulation

@Suite("What a start learns of its log")
struct LogSurveyTests {
    @Test(
        "is what reading all of it says, after appends, truncations, cuts, flushes and losses of power",
        arguments: Seed.all(1...60, of: "LogSurveyTests/sameAsReadingAll"))
    func sameAsReadingAll(seed: Seed) throws {
        var life = try LogLife(seed: seed.value)
        try compareStarts(&life)
    }

    @Test("is compared where terms and configurations are among the entries that are applied")
    func strength() throws {
        var searches = 0
        var configurations = 0
        var cuts = 0
        for seed in 101...110 as ClosedRange<UInt64> {
            var life = try LogLife(seed: seed)
            try compareStarts(&life)
            searches += life.searches
            configurations += life.configurationsFound
            cuts += life.cutsFound
        }
        #expect(searches > 20)
        #expect(configurations > 20)
        #expect(cuts > 20)
    }

    private func compareStarts(_ life: inout LogLife) throws {
        for _ in 0..<12 {
            let (found, read) = try life.start()
            #expect(found == read)
        }
    }
}
