/// One second of the run.
package struct IntervalResult: Sendable {
    /// Seconds since the start of the measurement at which it ends.
    package var endSecond: Int
    package var succeeded: UInt64
    package var failed: UInt64
    /// Attempts to connect; they belong to no request.
    package var failedConnects: UInt64
    /// Of successful requests, from the intended start, in nanoseconds; 0 if there were none.
    package var p50: UInt64
    package var p99: UInt64
    package var max: UInt64
}
