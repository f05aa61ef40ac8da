import Testing

@testable import Storage

@Suite("The speed of compactions")
struct CompactionPaceTests {
    private static let table = 12 << 20

    /// A pace after tables that have entered evenly for ten minutes, this many in a second.
    private func pace(tablesPerSecond: Int) -> CompactionPace {
        var pace = CompactionPace(trigger: 16)
        for place in 0..<600 * tablesPerSecond {
            pace.enter(Self.table, now: Double(place) / Double(tablesPerSecond))
        }
        return pace
    }

    @Test("is that at which tables enter, as long as few files wait", arguments: [2, 5, 20])
    func steady(tablesPerSecond: Int) {
        let speed = pace(tablesPerSecond: tablesPerSecond).speed(files: 16)
        let wanted = Double(tablesPerSecond * Self.table)
        #expect(abs(Double(speed) / wanted - 1) < 0.1)
    }

    @Test("doubles with each six files above the trigger, and has an end")
    func files() {
        let pace = pace(tablesPerSecond: 2)
        let few = pace.speed(files: 0)
        #expect(pace.speed(files: 16) == few)
        #expect(abs(pace.speed(files: 22) - 2 * few) < 10)
        #expect(abs(pace.speed(files: 34) - 8 * few) < 10)
        #expect(pace.speed(files: 10_000) == CompactionPace.speedMax)
    }

    @Test("has a least value when nothing enters, however long ago the last table did")
    func idle() {
        #expect(CompactionPace(trigger: 16).speed(files: 3) == CompactionPace.speedMin)
        var pace = pace(tablesPerSecond: 20)
        pace.enter(1, now: 1e9)
        #expect(pace.speed(files: 3) == CompactionPace.speedMin)
    }
}
