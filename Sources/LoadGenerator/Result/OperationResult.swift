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
