internal import Glibc
internal import Synchronization

/// Whether an event loop may look into RocksDB itself. A look-up of a record in memory takes 1 or 2 µs, but the first
/// one of a thread after a change of the files takes RocksDB's lock, and waits as long as somebody else holds it. So
/// loops leave look-ups to threads that may wait
///
/// - while a file enters the database, because RocksDB then reads other files under the lock;
/// - after a look-up that took long, whatever the reason, until such a thread has got the lock at once.
///
/// Any thread. Readers only load one word, which rarely changes.
final class LookUpGuard: Sendable {
    let slowNanoseconds: Int64
    private static let ingestion: UInt8 = 1
    private static let slowness: UInt8 = 2
    private let reasons = Atomic<UInt8>(0)

    init(slowNanoseconds: Int64) { self.slowNanoseconds = slowNanoseconds }

    /// Whether a look-up may have to wait.
    var mayWait: Bool { reasons.load(ordering: .acquiring) != 0 }

    /// Whether a thread that may wait should find out if look-ups are fast again (`probed`).
    var wantsProbe: Bool { reasons.load(ordering: .acquiring) & Self.slowness != 0 }

    // MARK: Notes

    func ingestionBegins() { reasons.bitwiseOr(Self.ingestion, ordering: .acquiringAndReleasing) }

    func ingestionEnded() { reasons.bitwiseAnd(~Self.ingestion, ordering: .acquiringAndReleasing) }

    /// A loop's look-up began at `start`, a time of `now`, and has just ended.
    func lookedUp(since start: Int64) {
        if Self.now() - start >= slowNanoseconds {
            reasons.bitwiseOr(Self.slowness, ordering: .acquiringAndReleasing)
        }
    }

    /// A call that always takes RocksDB's lock began at `start` and has just ended.
    func probed(since start: Int64) {
        if Self.now() - start < slowNanoseconds {
            reasons.bitwiseAnd(~Self.slowness, ordering: .acquiringAndReleasing)
        }
    }

    /// The time, exact to the system's tick of some milliseconds. The exact clock costs five times as much, and a
    /// look-up reads it twice.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
