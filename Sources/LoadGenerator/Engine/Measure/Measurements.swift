internal import Histogram

/// The measurements of one event loop. Recording takes no lock and allocates nothing.
struct Measurements: Sendable {
    /// One kind of operation.
    struct Kind: Sendable {
        var succeeded: UInt64 = 0
        var failed: UInt64 = 0
        var itemsSucceeded: UInt64 = 0
        var missed: UInt64 = 0
        /// Only in an open loop; in a closed loop `service` is the same.
        var latency: LatencyHistogram?
        var service = LatencyHistogram.forLatency
        var failureLatency = LatencyHistogram.forLatency
    }

    /// One reason of failure.
    struct Failures: Sendable {
        var count: UInt64 = 0
        /// Of failed requests; nil as long as only attempts to connect failed.
        var service: LatencyHistogram?
    }

    /// Indexed by `OperationKind.position`; nil for kinds that the plan does not contain.
    private(set) var kinds: [Kind?]
    private(set) var failures: [FailureReason: Failures] = [:]
    /// By the place of the endpoint in the plan.
    private(set) var endpoints: [EndpointTally]
    /// Of the measured requests and of their answers.
    var bytesSent: UInt64 = 0
    var bytesReceived: UInt64 = 0

    init(plan: LoadPlan) {
        endpoints = Array(repeating: EndpointTally(), count: plan.endpoints.count)
        let used = Set(plan.mix.filter { $0.weight > 0 }.map(\.kind))
        kinds = OperationKind.allCases.map { kind in
            guard used.contains(kind) else { return nil }
            var measurement = Kind()
            if plan.rate != nil { measurement.latency = .forLatency }
            return measurement
        }
    }

    /// Times in nanoseconds.
    mutating func recordSuccess(
        _ kind: OperationKind, latency: UInt64, service: UInt64, items: Int, missed: Bool, endpoint: Int
    ) {
        let position = kind.position
        kinds[position]?.succeeded += 1
        kinds[position]?.itemsSucceeded += UInt64(items)
        if missed { kinds[position]?.missed += 1 }
        kinds[position]?.service.record(service)
        kinds[position]?.latency?.record(latency)
        endpoints[endpoint].recordSuccess(service: service)
    }

    mutating func recordFailure(_ kind: OperationKind, latency: UInt64, endpoint: Int) {
        endpoints[endpoint].failed += 1
        kinds[kind.position]?.failed += 1
        kinds[kind.position]?.failureLatency.record(latency)
    }

    /// `service` is the service time of the failed request, in nanoseconds; an attempt to connect has none.
    mutating func count(_ reason: FailureReason, service: UInt64? = nil) {
        let key = kept(reason)
        failures[key, default: Failures()].count += 1
        guard let service else { return }
        if failures[key]?.service == nil { failures[key]?.service = .forLatency }
        failures[key]?.service?.record(service)
    }

    /// An attempt to connect failed, or a connection without a request in flight.
    mutating func countFailedConnect(_ reason: FailureReason, endpoint: Int) {
        endpoints[endpoint].failedConnects += 1
        count(reason)
    }

    var failedConnects: UInt64 { endpoints.reduce(0) { $0 + $1.failedConnects } }

    /// Reasons beyond the limit are counted together.
    private func kept(_ reason: FailureReason) -> FailureReason {
        let isKept = failures[reason] != nil || failures.count < EngineLimits.failureReasonsMax
        return isKept ? reason : .badAnswer("other reasons")
    }

    mutating func add(_ other: Measurements) {
        for position in kinds.indices {
            guard let theirs = other.kinds[position] else { continue }
            kinds[position]?.add(theirs)
        }
        for (reason, theirs) in other.failures { failures[kept(reason), default: Failures()].add(theirs) }
        for position in endpoints.indices { endpoints[position].add(other.endpoints[position]) }
        bytesSent += other.bytesSent
        bytesReceived += other.bytesReceived
    }
}

extension Measurements.Failures {
    mutating func add(_ other: Measurements.Failures) {
        count += other.count
        guard let theirs = other.service else { return }
        if service == nil { service = theirs } else { service?.add(theirs) }
    }
}

extension Measurements.Kind {
    mutating func add(_ other: Measurements.Kind) {
        succeeded += other.succeeded
        failed += other.failed
        itemsSucceeded += other.itemsSucceeded
        missed += other.missed
        if let theirs = other.latency { latency?.add(theirs) }
        service.add(other.service)
        failureLatency.add(other.failureLatency)
    }
}
