import RaftCore
import Testing

@testable import HotPath

@Suite("Ranges on their way into the state machine")
struct UnappliedRangesTests {
    private var ranges = UnappliedRanges(applied: LogIndex(4))

    @Test("Each range is counted until all of it is applied")
    mutating func bytes() {
        ranges.append(.of(5...7), bytes: 300)
        ranges.append(.of(8...8), bytes: 10)
        ranges.append(.of(9...9), bytes: 1)

        #expect(ranges.bytes == 311)
        ranges.removeApplied(through: LogIndex(6))
        #expect(ranges.bytes == 311)
        ranges.removeApplied(through: LogIndex(8))
        #expect(ranges.bytes == 1)
        ranges.removeApplied(through: LogIndex(9))
        #expect(ranges.bytes == 0)
    }

    @Test("The last index handed over is known, also when everything is applied")
    mutating func submitted() {
        #expect(ranges.submitted == LogIndex(4))
        ranges.append(.of(5...7), bytes: 0)
        #expect(ranges.submitted == LogIndex(7))
        ranges.removeApplied(through: LogIndex(7))
        #expect(ranges.submitted == LogIndex(7))
    }
}
