internal import Histogram

/// Latencies sorted into few buckets with round borders in the steps 1, 2, 5 of each power of ten.
struct LatencyBuckets {
    struct Bucket: Equatable {
        /// Nanoseconds; exclusive.
        var lower: UInt64
        /// Nanoseconds; inclusive.
        var upper: UInt64
        var count: UInt64
    }

    /// All buckets from the first to the last one that is not empty; at most `rowsMax`.
    let buckets: [Bucket]
    let total: UInt64

    /// 1 µs to 50,000 s in steps of 1, 2, 5.
    private static let borders: [UInt64] = {
        var borders: [UInt64] = [0]
        var power: UInt64 = 1_000
        while power <= 10_000_000_000_000 {
            borders += [power, 2 * power, 5 * power]
            power *= 10
        }
        return borders
    }()

    static let rowsMax = 16

    init(_ histogram: LatencyHistogram) {
        let borders = Self.borders
        var counts = [UInt64](repeating: 0, count: borders.count)
        for value in histogram.recordedValues() {
            // The first border that is not below the value ends its bucket; longer values belong to the last bucket.
            let upper = borders.firstIndex { value.value <= $0 } ?? borders.count - 1
            counts[max(1, upper)] += value.count
        }
        total = histogram.totalCount
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
            buckets = []
            return
        }
        // If there are too many rows, the fastest are combined, since the slow end matters more.
        let start = max(first, last - Self.rowsMax + 1)
        buckets = (start...last).map { index in
            let merged = index == start ? counts[first...start].reduce(0, +) : counts[index]
            let lower = index == start ? borders[first - 1] : borders[index - 1]
            return Bucket(lower: lower, upper: borders[index], count: merged)
        }
    }
}
