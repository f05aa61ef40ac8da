package struct FailureCount: Sendable, Equatable {
    /// `429 overloaded`, `timeout`, `connection reset`, …
    package var reason: String
    package var count: UInt64
    /// Of the failed requests, from sending to the answer or to the end of the wait. Nil if all failures are attempts
    /// to connect.
    package var service: LatencyHistogram?
}
