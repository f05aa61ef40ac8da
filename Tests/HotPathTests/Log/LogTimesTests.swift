import HotPath
import Testing

@Suite("The longest write and sync of the log")
struct LogTimesTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("are those of about a minute, each by itself, and gone after that")
    func minute() {
        var times = RecentLogTimes()
        times.note(write: 5, sync: 70, now: 3 * Self.second)
        times.note(write: 9, sync: 20, now: 12 * Self.second)

        let both = times.longest(now: 49 * Self.second)
        #expect(both.write == 9)
        #expect(both.sync == 70)
        let later = times.longest(now: 61 * Self.second)
        #expect(later.write == 9)
        #expect(later.sync == 20)
        #expect(times.longest(now: 71 * Self.second) == LogTimes())
    }

    @Test("count from then on if nothing was written for long")
    func pause() {
        var times = RecentLogTimes()
        times.note(write: 5, sync: 70, now: 0)
        times.note(write: 1, sync: 2, now: 1_000_000 * Self.second)

        let longest = times.longest(now: 1_000_001 * Self.second)
        #expect(longest.write == 1)
        #expect(longest.sync == 2)
    }
}
