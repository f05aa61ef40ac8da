/// Times without any successful answer on one event loop. The gaps of the whole run are computed from those of its
/// loops.
struct SuccessGaps: Sendable, Equatable {
    struct Gap: Sendable, Equatable {
        var start: UInt64
        var end: UInt64
        var length: UInt64 { end - start }
    }

    private var last: UInt64
    /// The longest of all gaps, including those too short for the list.
    private(set) var longest: UInt64 = 0
    /// Those of at least `EngineLimits.gapMin`, in order.
    private(set) var gaps: [Gap] = []

    /// The measurement starts.
    init(start: UInt64) { last = start }

    /// A success at `now`, or the end of the measurement.
    mutating func note(_ now: UInt64) {
        guard now > last else { return }
        let gap = Gap(start: last, end: now)
        if gap.length > longest { longest = gap.length }
        if gap.length >= EngineLimits.gapMin { gaps.append(gap) }
        last = now
    }

    /// The longest time in which no event loop had a success. If the loops never paused together for long, this is the
    /// shortest of their longest gaps, an upper bound.
    static func longestCommon(_ loops: [SuccessGaps]) -> UInt64 {
        guard let first = loops.first else { return 0 }
        let common = loops.dropFirst().reduce(first.gaps) { intersection($0, $1.gaps) }
        if let longest = common.map(\.length).max(), longest >= EngineLimits.gapMin { return longest }
        return min(loops.map(\.longest).min() ?? 0, loops.count == 1 ? .max : EngineLimits.gapMin)
    }

    private static func intersection(_ left: [Gap], _ right: [Gap]) -> [Gap] {
        var result: [Gap] = []
        var i = 0
        var j = 0
        while i < left.count, j < right.count {
            let start = max(left[i].start, right[j].start)
            let end = min(left[i].end, right[j].end)
            if start < end { result.append(Gap(start: start, end: end)) }
            if left[i].end < right[j].end { i += 1 } else { j += 1 }
        }
        return result
    }
}
