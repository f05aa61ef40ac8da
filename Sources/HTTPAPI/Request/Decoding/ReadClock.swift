internal import NIOCore

/// Whether a request arrives fast enough.
struct ReadClock {
    /// When the first byte of a header arrived, if its end has not.
    private var headerStart: NIODeadline?
    /// When the running window of the body's rate began, and what had arrived by then.
    private var windowStart: NIODeadline
    private var windowBytes = 0

    init(now: NIODeadline) { windowStart = now }

    var isInHeader: Bool { headerStart != nil }

    mutating func headerStarted(now: NIODeadline) {
        if headerStart == nil { headerStart = now }
    }

    mutating func headerEnded(now: NIODeadline) {
        headerStart = nil
        startWindow(now: now, bodyBytes: 0)
    }

    /// Nothing was read for a while, and the client is not to blame for it.
    mutating func restart(now: NIODeadline, bodyBytes: Int) {
        startWindow(now: now, bodyBytes: bodyBytes)
        if headerStart != nil { headerStart = now }
    }

    func isHeaderTooSlow(now: NIODeadline, limitMilliseconds: Int64) -> Bool {
        guard let headerStart else { return false }
        return headerStart + .milliseconds(limitMilliseconds) < now
    }

    /// Looks at one window after the other, so that a fast start does not pay for a slow end.
    mutating func isBodyTooSlow(now: NIODeadline, bodyBytes: Int) -> Bool {
        guard windowStart + .milliseconds(HTTPLimits.bodyWindowMilliseconds) < now else { return false }
        let progress = bodyBytes - windowBytes
        startWindow(now: now, bodyBytes: bodyBytes)
        return progress < HTTPLimits.bodyBytesPerWindowMin
    }

    private mutating func startWindow(now: NIODeadline, bodyBytes: Int) {
        windowStart = now
        windowBytes = bodyBytes
    }
}
