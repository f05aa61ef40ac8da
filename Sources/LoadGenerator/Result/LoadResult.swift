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
    /// One per kind that occurred, in the order of `OperationKind.allCases`.
    package var operations: [OperationResult]
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
    /// Operations inside the successful requests: the same as `succeeded` except for `batch`.
    package var itemsSucceeded: UInt64
    /// Part of `succeeded`: compare-and-sets whose condition failed, gets and deletes that found no record.
    package var missed: UInt64
    /// Of successful requests, from the intended start to the answer. In a closed loop the same as `service`.
    package var latency: LatencyHistogram
    /// Of successful requests, from sending to the answer.
    package var service: LatencyHistogram
    /// Like `latency`, of failed requests.
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
    /// Of the failed requests, from sending to the answer or to the end of the wait. Nil if all failures are attempts
    /// to connect.
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
    /// How long the thread that was held up most stood still in total although it had something to do, and the longest
    /// single pause of any thread, in nanoseconds.
    package var stalled: UInt64
    package var longestStall: UInt64
    /// CPU time of the generator's threads divided by elapsed time and number of threads, 0…1.
    package var cpuShare: Double
}

/// The results of reading back.
package struct VerificationResult: Sendable {
    /// Keys with an acknowledged write.
    package var keysChecked: UInt64
    /// Acknowledged writes of which neither the value nor a later one was found.
    package var lost: UInt64
    /// Values that neither this run nor anything before it wrote.
    package var foreign: UInt64
    /// Keys that could not be read back.
    package var unreadable: UInt64
    /// Keys with so many writes of unknown outcome that the value read cannot be judged.
    package var inconclusive: UInt64
    /// Sentences about the first few keys whose value was wrong.
    package var examples: [String]

    package var passed: Bool { lost == 0 && foreign == 0 && unreadable == 0 && inconclusive == 0 }

    /// The numbers of keys whose value was wrong, by kind.
    var counts: String {
        "\(Decimals.grouped(lost)) LOST, \(Decimals.grouped(foreign)) foreign, "
            + "\(Decimals.grouped(unreadable)) unreadable, \(Decimals.grouped(inconclusive)) inconclusive"
    }
}
