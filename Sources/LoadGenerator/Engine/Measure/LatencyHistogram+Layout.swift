internal import Histogram

extension LatencyHistogram {
    /// Three significant digits; grows for a latency above `EngineLimits.latencyTracked`.
    static var forLatency: LatencyHistogram {
        var histogram = LatencyHistogram(
            highestTrackableValue: EngineLimits.latencyTracked, numberOfSignificantValueDigits: .three)
        histogram.autoResize = true
        return histogram
    }
}
