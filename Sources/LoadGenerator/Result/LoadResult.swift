package import Histogram

/// Latencies in nanoseconds with three significant digits.
package typealias LatencyHistogram = Histogram<UInt64>

/// What one run measured. Everything excludes the warm-up.
package struct LoadResult: Sendable {
    package var plan: LoadPlan
    /// Seconds since 1970 at which the measurement started.
    package var startedAt: Double
    /// Seconds from the first intended start to the last answer.
    package var elapsedSeconds: Double
    /// One per kind that occurred, in the order of `OperationKind.allCases`.
    package var operations: [OperationResult]
    /// One per second of the measurement.
    package var intervals: [IntervalResult]
    /// What went wrong, with how often; most frequent first.
    package var failures: [FailureCount]
    package var generator: GeneratorHealth
    /// Nil if the plan did not ask for it.
    package var verification: VerificationResult?
    /// Whether the run was ended from outside before its time.
    package var wasInterrupted: Bool
    /// The longest time between two successful answers, in seconds: how long the cluster was away.
    package var longestGapSeconds: Double
    package var bytesSent: UInt64
    package var bytesReceived: UInt64

    /// Why the figures must not be trusted; empty if they may.
    package var invalidReasons: [String]

    /// Whether verification was asked for and did not take place.
    package var lacksVerification: Bool { plan.verifies && verification == nil }
}

/// One kind of operation over the whole run.
package struct OperationResult: Sendable {
    package var kind: OperationKind
    /// Requests that were answered with success. A `batch` counts once here.
    package var succeeded: UInt64
    package var failed: UInt64
    /// Operations inside the successful requests: the same as `succeeded` but for `batch`.
    package var itemsSucceeded: UInt64
    /// Of `succeeded`: a compare-and-set whose condition failed, a get that found nothing, a delete of nothing.
    package var missed: UInt64
    /// From the intended start to the answer, of successful requests. In a closed loop the same as `service`.
    package var latency: LatencyHistogram
    /// From the moment of sending to the answer, of successful requests.
    package var service: LatencyHistogram
    /// As `latency`, of failed requests.
    package var failureLatency: LatencyHistogram
}

/// One second of the run.
package struct IntervalResult: Sendable {
    /// Seconds since the start of the measurement at which it ends.
    package var endSecond: Int
    package var succeeded: UInt64
    package var failed: UInt64
    /// Of successful requests, from the intended start, in nanoseconds; 0 if there were none.
    package var p50: UInt64
    package var p99: UInt64
    package var max: UInt64
}

package struct FailureCount: Sendable, Equatable {
    /// `429 overloaded`, `timeout`, `connection reset`, …
    package var reason: String
    package var count: UInt64
    /// From the moment of sending to the answer, or to the end of the wait for it, of the requests among them. Nil if
    /// all are attempts to connect.
    package var service: LatencyHistogram?
}

/// Whether the generator itself kept up.
package struct GeneratorHealth: Sendable {
    /// Requests of an open loop that were sent more than 1 ms after their intended start although a place was free.
    package var lateSends: UInt64
    /// In nanoseconds.
    package var lateSendMax: UInt64
    /// Requests of an open loop whose intended start found every connection full; they wait, and their latency says so.
    package var queuedSends: UInt64
    /// Intended starts that had not been sent when the run ended.
    package var unsent: UInt64
    /// How long the thread that was held up most stood still in all although it had something to do, and the longest
    /// that any did at once, in nanoseconds.
    package var stalled: UInt64
    package var longestStall: UInt64
    /// CPU time of the generator's threads divided by elapsed time and number of threads, 0…1.
    package var cpuShare: Double
}

/// What reading back found.
package struct VerificationResult: Sendable {
    /// Keys with an acknowledged write.
    package var keysChecked: UInt64
    /// Acknowledged writes whose value, or a later one's, is not there.
    package var lost: UInt64
    /// Values that no request of this run wrote, nor anything before it.
    package var foreign: UInt64
    /// Keys that could not be read back.
    package var unreadable: UInt64
    /// Keys with so many writes of unknown outcome that what was read may be right or not.
    package var inconclusive: UInt64
    /// The first few keys of those that were not found right, each a sentence.
    package var examples: [String]

    package var passed: Bool { lost == 0 && foreign == 0 && unreadable == 0 && inconclusive == 0 }

    /// How many keys were not found right, by their kind.
    var counts: String {
        "\(Decimals.grouped(lost)) LOST, \(Decimals.grouped(foreign)) foreign, "
            + "\(Decimals.grouped(unreadable)) unreadable, \(Decimals.grouped(inconclusive)) inconclusive"
    }
}
