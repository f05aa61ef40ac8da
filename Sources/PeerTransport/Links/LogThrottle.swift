internal import NIOCore

/// Lets the same reason through once per interval, so that a peer that fails again and again fills no log.
struct LogThrottle {
    private struct Reason {
        var key: String
        var admittedAt: NIODeadline
        var suppressed: Int
    }

    private let interval: TimeAmount
    /// Ordered by admission, at most `TransportLimits.throttledReasonsMax`.
    private var reasons: [Reason] = []

    init(interval: TimeAmount) { self.interval = interval }

    /// How many lines of this reason were suppressed since the last one, or nil if this one is to be suppressed too.
    mutating func admit(_ key: String, now: NIODeadline) -> Int? {
        var suppressed = 0
        if let position = reasons.firstIndex(where: { $0.key == key }) {
            guard now - reasons[position].admittedAt >= interval else {
                reasons[position].suppressed += 1
                return nil
            }
            suppressed = reasons.remove(at: position).suppressed
        }
        if reasons.count == TransportLimits.throttledReasonsMax { reasons.removeFirst() }
        reasons.append(Reason(key: key, admittedAt: now, suppressed: 0))
        return suppressed
    }
}
