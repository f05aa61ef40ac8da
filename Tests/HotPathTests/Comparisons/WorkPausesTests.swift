import Testing

@testable import HotPath

@Suite("Long work that leaves time to others")
struct WorkPausesTests {
    @Test("pauses for as long as its share of the time asks for, and not for more than a tenth of a second")
    func pauses() {
        let pauses = WorkPauses(share: 0.05)
        #expect(pauses.pause(afterMicroseconds: 0) == 0)
        #expect(pauses.pause(afterMicroseconds: 1_000) == 19_000)
        #expect(pauses.pause(afterMicroseconds: 60_000_000) == 100_000)
        // A clock that goes backwards.
        #expect(pauses.pause(afterMicroseconds: -5) == 0)
        #expect(WorkPauses(share: 1).pause(afterMicroseconds: 60_000_000) == 0)
    }
}
