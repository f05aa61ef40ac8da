internal import NIOConcurrencyHelpers
internal import NIOCore

/// Takes the time of the batches of the log thread. Any thread may ask for the longest.
package final class LogTimer: Sendable {
    private let recent = NIOLockedValueBox(RecentLogTimes())

    package init() {}

    /// Monotonic nanoseconds.
    package static func now() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

    /// A batch has been written from `start` to `written` and then synced until `synced`, all times of `now`.
    package func note(start: UInt64, written: UInt64, synced: UInt64) {
        recent.withLockedValue { $0.note(write: written - start, sync: synced - written, now: synced) }
    }

    /// Of about the last minute.
    package var longest: LogTimes { recent.withLockedValue { $0.longest(now: Self.now()) } }
}
