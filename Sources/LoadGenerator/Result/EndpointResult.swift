/// One endpoint over the whole run.
package struct EndpointResult: Sendable {
    /// As the plan names it.
    package var name: String
    package var succeeded: UInt64
    package var failed: UInt64
    /// Attempts to connect; they belong to no request.
    package var failedConnects: UInt64
    /// Of successful requests, from sending to the answer; nil if there were none.
    package var service: LatencyHistogram?

    var errors: UInt64 { failed + failedConnects }
    var attempts: UInt64 { succeeded + errors }
}
