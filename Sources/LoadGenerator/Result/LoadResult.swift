package import Histogram

/// Latencies in nanoseconds with three significant digits.
package typealias LatencyHistogram = Histogram<UInt64>

/// The results of one run. Everything excludes the warm-up.
package struct LoadResult: Sendable {
    package var plan: LoadPlan
    /// Seconds since 1970 at which the measurement started.
    package var startedAt: Double
    /// Seconds from the first intended start to the last answer.
    package var elapsedSeconds: Double
    /// Seconds from the first intended start to the last sending.
    package var sendingSeconds: Double
    /// One per kind that occurred, in the order of `OperationKind.allCases`.
    package var operations: [OperationResult]
    /// One per endpoint of the plan, in its order.
    package var endpoints: [EndpointResult]
    /// One per second of the measurement.
    package var intervals: [IntervalResult]
    /// The failures with their counts, most frequent first.
    package var failures: [FailureCount]
    package var generator: GeneratorHealth
    /// Nil if the plan did not ask for verification.
    package var verification: VerificationResult?
    /// Whether the run was interrupted before its end.
    package var wasInterrupted: Bool
    /// The longest time between two successful answers, in seconds: how long the cluster was unavailable.
    package var longestGapSeconds: Double
    /// Of the measured requests and of their answers.
    package var bytesSent: UInt64
    package var bytesReceived: UInt64

    /// Why the figures must not be trusted; empty if they may.
    package var invalidReasons: [String]

    /// Whether verification was asked for and did not take place.
    package var lacksVerification: Bool { plan.verifies && verification == nil }
}
