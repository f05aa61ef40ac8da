/// Keeps the `LogTimes` of about a minute, in parts of ten seconds. One thread.
package struct RecentLogTimes {
    /// That of now is the first.
    private var parts = [LogTimes](repeating: LogTimes(), count: 6)
    /// In which ten seconds the first part is.
    private var current: UInt64 = 0

    private static let partNanoseconds: UInt64 = 10_000_000_000

    package init() {}

    /// A batch has taken this long, at the time `now` in nanoseconds, which never falls.
    package mutating func note(write: UInt64, sync: UInt64, now: UInt64) {
        advance(to: now)
        parts[0].note(write: write, sync: sync)
    }

    /// The longest of the last 50 to 60 seconds.
    package mutating func longest(now: UInt64) -> LogTimes {
        advance(to: now)
        return parts.reduce(into: LogTimes()) { $0.note(write: $1.write, sync: $1.sync) }
    }

    private mutating func advance(to now: UInt64) {
        let part = now / Self.partNanoseconds
        for _ in 0..<min(part - current, UInt64(parts.count)) {
            parts.removeLast()
            parts.insert(LogTimes(), at: 0)
        }
        current = part
    }
}
