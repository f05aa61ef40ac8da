internal import Histogram

/// The percentile format of HdrHistogram, as its plotter and wrk2 write and read it: latencies of all operations in
/// milliseconds, with more and more steps towards 100 %.
package enum PercentileReport {
    package static func text(_ summary: Summary) -> String {
        let histogram = summary.all.latency
        var text = columns(["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]) + "\n\n"
        let steps = histogram.totalCount == 0 ? [] : Array(histogram.percentiles(ticksPerHalfDistance: 5))
        for step in steps {
            let share = step.percentileLevelIteratedTo / 100
            let cells = [
                milliseconds(Double(min(step.value, histogram.maxRecorded))), Decimals.fixed(share, 12),
                "\(step.totalCountToThisValue)",
            ]
            // The last line has no fourth column: 1/(1-1).
            text += columns(share < 1 ? cells + [Decimals.fixed(1 / (1 - share), 2)] : cells) + "\n"
        }
        let mean = right(milliseconds(histogram.mean), 12)
        let deviation = right(milliseconds(histogram.totalCount == 0 ? 0 : histogram.stdDeviation), 12)
        text += "#[Mean    = \(mean), StdDeviation   = \(deviation)]\n"
        let max = right(milliseconds(Double(histogram.maxRecorded)), 12)
        text += "#[Max     = \(max), Total count    = \(right("\(histogram.totalCount)", 12))]\n"
        return text
    }

    private static func milliseconds(_ nanoseconds: Double) -> String { Decimals.fixed(nanoseconds / 1e6, 3) }

    private static func columns(_ cells: [String]) -> String {
        zip(cells, [12, 14, 10, 14]).map { right($0, $1) }.joined(separator: " ")
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
