import RaftCore
import Testing

@testable import HotPath

@Suite("Through which entry the log may be cut off")
struct LogRetentionTests {
    private static var settings: CompactionSettings {
        var settings = CompactionSettings(logMemTableBytes: 8_000)
        settings.laggingBytesMax = 2_000
        settings.awayNanoseconds = 10_000
        settings.assumedEntryBytes = 100
        return settings
    }

    /// Entries of 100 bytes each, of which those through 50 are from before the start.
    private func retention(through last: UInt64) -> LogRetention {
        var retention = LogRetention(Self.settings, after: LogIndex(50))
        for index in stride(from: 51, through: last, by: 1) { retention.append(LogIndex(index), bytes: 100) }
        return retention
    }

    private func cut(
        _ retention: LogRetention, applied: UInt64 = 1_000, gone: UInt64 = 0, followers: [FollowerProgress] = [],
        pinned: UInt64? = nil, dataBytes: Int = 0, sent: Int? = nil
    ) -> UInt64 {
        retention.cut(
            for: LogRetention.Needs(
                applied: LogIndex(applied), gone: LogIndex(gone), followers: followers,
                pinned: pinned.map { LogIndex($0) }, dataBytes: dataBytes,
                transfers: sent.map { [(member: NodeID("b"), bytes: $0)] } ?? [], now: Instant(nanoseconds: 20_000))
        ).rawValue
    }

    private func follower(
        _ match: UInt64, next: UInt64? = nil, state: Progress.State = .replicate, silentFor silence: UInt64 = 0
    ) -> FollowerProgress {
        FollowerProgress(
            id: "b", state: state, matchIndex: LogIndex(match), nextIndex: LogIndex(next ?? match + 1),
            isRecentlyActive: silence <= 500, heardAt: Instant(nanoseconds: 20_000 - silence))
    }

    @Test("The settings are parts of the log's memtable")
    func settings() {
        let settings = CompactionSettings(logMemTableBytes: 32 << 20)
        #expect(settings.easyBytes == 16 << 20 && settings.intervalBytes == 48 << 20)
        #expect(settings.tailBytes == 4 << 20)
        #expect(settings.tailBytes < ReplicaSettings().entryRingBytesKept, "followers in step need no disk")
    }

    @Test("The tail stays, also where nobody has counted its bytes")
    func tail() {
        // 1,000 bytes are ten entries.
        #expect(cut(retention(through: 100)) == 90)
        #expect(cut(retention(through: 60)) == 50)
        #expect(cut(retention(through: 54)) == 44)
        #expect(cut(retention(through: 50)) == 40)
        #expect(cut(LogRetention(Self.settings, after: LogIndex(3))) == 0)
    }

    @Test("Nothing goes that is not in the state machine on disk, or that a snapshot under way needs")
    func applied() {
        #expect(cut(retention(through: 100), applied: 77) == 77)
        #expect(cut(retention(through: 100), pinned: 60) == 60)
        #expect(cut(retention(through: 100), applied: 55, pinned: 60) == 55)
    }

    @Test("What a member lacks stays, unless it lacks too much, or waits for a snapshot already")
    func followers() {
        let retention = retention(through: 100)
        #expect(cut(retention, followers: [follower(80)]) == 80)
        #expect(cut(retention, followers: [follower(80), follower(75), follower(99)]) == 75)
        #expect(cut(retention, followers: [follower(80, state: .snapshot)]) == 90)
        #expect(cut(retention, followers: [follower(70)]) == 70)
        #expect(cut(retention, followers: [follower(69)]) == 90)
        #expect(cut(retention, followers: [follower(30)]) == 90)
        // It has just installed a snapshot of as many bytes.
        #expect(cut(retention, followers: [follower(60)], sent: 4_000) == 60)
        #expect(cut(retention, followers: [follower(60)], sent: 2_000) == 90)
        // As much as the data have is no shorter as a snapshot.
        #expect(cut(retention, followers: [follower(61)], dataBytes: 2_600) == 61)
        #expect(cut(retention, followers: [follower(60)], dataBytes: 2_600) == 90)
        // It cannot be kept any more.
        #expect(cut(retention, gone: 80, followers: [follower(80)]) == 80)
        #expect(cut(retention, gone: 81, followers: [follower(80)]) == 90)
    }

    @Test("Entries that are not applied do not count against a member, because no snapshot has them")
    func unapplied() {
        let retention = retention(through: 200)
        #expect(cut(retention, applied: 100, followers: [follower(80)]) == 80)
        #expect(cut(retention, applied: 100, followers: [follower(70)]) == 70)
        #expect(cut(retention, applied: 100, followers: [follower(69)]) == 100)
        #expect(cut(retention, applied: 100, followers: [follower(0, next: 81, state: .probe)]) == 70)
    }

    @Test("What a member lacks that has fallen silent stays for some minutes, with less of a backlog")
    func silence() {
        let retention = retention(through: 100)
        #expect(cut(retention, followers: [follower(80, silentFor: 10_000)]) == 80)
        #expect(cut(retention, followers: [follower(80, silentFor: 10_001)]) == 90)
        #expect(cut(retention, followers: [follower(80, silentFor: 501)]) == 80)
        #expect(cut(retention, followers: [follower(79, silentFor: 501)]) == 90)
    }

    @Test("While it is not known where a member's log parts, a tail before the latest guess stays for it")
    func probe() {
        let retention = retention(through: 100)
        #expect(cut(retention, followers: [follower(0, next: 91, state: .probe)]) == 80)
        #expect(cut(retention, followers: [follower(0, next: 101, state: .probe, silentFor: 9_000)]) == 90)
        #expect(cut(retention, gone: 85, followers: [follower(0, next: 91, state: .probe)]) == 85)
        // Its link broke, and it may have no less than it had.
        #expect(cut(retention, followers: [follower(85, state: .probe)]) == 85)
    }

    @Test("After a truncation the end is where the log ends, and what was cut off is forgotten")
    func changes() {
        var retention = retention(through: 100)
        retention.truncate(from: LogIndex(81))
        #expect(cut(retention) == 70)
        for index in 81...90 { retention.append(LogIndex(UInt64(index)), bytes: 100) }
        #expect(cut(retention) == 80)
        retention.didCut(through: LogIndex(80))
        #expect(cut(retention) == 80)
        #expect(retention.bytesAfter(LogIndex(85)) == 500)
        retention.truncate(from: LogIndex(40))
        #expect(cut(retention) == 29)
    }

    @Test("Entries of any size leave at least the tail, and little more")
    func random() {
        var random: UInt64 = 7
        var settings = Self.settings
        settings.tailBytes = 16_000
        var retention = LogRetention(settings, after: .zero)
        var through: [Int] = [0]
        for index in 1...500 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let size = 1 + Int((random >> 33) % 700)
            retention.append(LogIndex(UInt64(index)), bytes: size)
            through.append(through[index - 1] + size)
            let cut = Int(self.cut(retention))
            let kept = through[index] - through[cut]
            #expect(kept >= min(16_000, through[index]))
            #expect(cut == 0 || kept < 16_000 + 1_000 + 700)
        }
    }
}
