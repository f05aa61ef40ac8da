/// One condition of `--fail-on`: what must hold for the run to pass, such as `p99<20ms` or `put.errors<0.1%`.
package struct Condition: Sendable, Equatable {
    package enum Metric: Sendable, Equatable {
        /// A percentile of the latency from the intended start; 0…100.
        case percentile(Double)
        case mean
        case max
        /// Successful requests per second.
        case rate
        /// Failed requests as a share of all, 0…1.
        case errorShare
        case errorCount
        /// The longest time between two successful answers; only for the whole run.
        case gap
    }

    package enum Comparator: String, Sendable, CaseIterable {
        // The longer ones first, because they begin with the shorter ones.
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"

        func holds(_ measured: Double, _ threshold: Double) -> Bool {
            switch self {
            case .atMost: measured <= threshold
            case .atLeast: measured >= threshold
            case .below: measured < threshold
            case .above: measured > threshold
            }
        }
    }

    /// Nil means all operations together.
    package var operation: OperationKind?
    package var metric: Metric
    package var comparator: Comparator
    /// Seconds for times, 1/s for the rate, a share of 1 or a number for errors.
    package var threshold: Double
    /// The text of the condition as the user wrote it.
    package var text: String
}
