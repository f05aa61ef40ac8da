internal import Histogram

/// The counts of one event loop for one endpoint.
struct EndpointTally: Sendable {
    private(set) var succeeded: UInt64 = 0
    var failed: UInt64 = 0
    /// They belong to no request.
    var failedConnects: UInt64 = 0
    /// From sending to the answer; nil without a success, because most loops use few of many endpoints.
    private(set) var service: LatencyHistogram?

    mutating func recordSuccess(service nanoseconds: UInt64) {
        succeeded += 1
        if service == nil { service = .forLatency }
        service?.record(nanoseconds)
    }

    mutating func add(_ other: EndpointTally) {
        succeeded += other.succeeded
        failed += other.failed
        failedConnects += other.failedConnects
        guard let theirs = other.service else { return }
        if service == nil { service = theirs } else { service?.add(theirs) }
    }
}
