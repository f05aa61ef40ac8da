import Testing

@testable import Storage

@Suite("The speed of compactions and of table files")
struct WritePaceTests {
    private static let table = 12 << 20

    /// A pace after tables that have entered evenly for ten minutes, this many in a second.
    private func pace(tablesPerSecond: Int) -> WritePace {
        var pace = WritePace(trigger: 16)
        for place in 0..<600 * tablesPerSecond {
            pace.enter(Self.table, now: Double(place) / Double(tablesPerSecond))
        }
        return pace
    }

    @Test("is that at which tables enter, as long as few files wait", arguments: [2, 5, 20])
    func steady(tablesPerSecond: Int) {
        let speed = pace(tablesPerSecond: tablesPerSecond).compactionSpeed(files: 16)
        let wanted = Double(tablesPerSecond * Self.table)
        #expect(abs(Double(speed) / wanted - 1) < 0.1)
    }

    @Test("doubles with each six files above the trigger, and has an end")
    func files() {
        let pace = pace(tablesPerSecond: 2)
        let few = pace.compactionSpeed(files: 0)
        #expect(pace.compactionSpeed(files: 16) == few)
        #expect(abs(pace.compactionSpeed(files: 22) - 2 * few) < 10)
        #expect(abs(pace.compactionSpeed(files: 34) - 8 * few) < 10)
        #expect(pace.compactionSpeed(files: 10_000) == WritePace.speedMax)
    }

    @Test("has a least value when nothing enters, however long ago the last table did")
    func idle() {
        #expect(WritePace(trigger: 16).compactionSpeed(files: 3) == WritePace.compactionSpeedMin)
        var pace = pace(tablesPerSecond: 20)
        pace.enter(1, now: 1e9)
        #expect(pace.compactionSpeed(files: 3) == WritePace.compactionSpeedMin)
    }

    @Test("lets a table be written in half of the time in which the next one fills, or sooner")
    func tables() {
        #expect(WritePace(trigger: 16).tableSpeed == 32 << 20)
        let speed = pace(tablesPerSecond: 5).tableSpeed
        #expect(abs(Double(speed) / Double(2 * 5 * Self.table) - 1) < 0.1)
    }
}
