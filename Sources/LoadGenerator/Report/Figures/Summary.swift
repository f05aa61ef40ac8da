internal import Histogram

/// The figures of one run as every report prints them, computed once.
package struct Summary: Sendable {
    package let result: LoadResult
    /// One row per kind that occurred.
    package let operations: [OperationFigures]
    /// All kinds together.
    package let all: OperationFigures

    package init(_ result: LoadResult) {
        self.result = result
        let seconds = result.elapsedSeconds
        operations = result.operations.map { OperationFigures($0, seconds: seconds) }
        all = OperationFigures(mergedFrom: operations, seconds: seconds)
    }

    /// Whether latency was measured from a schedule; otherwise it equals the service time.
    var isOpenLoop: Bool { result.plan.rate != nil }

    var isValid: Bool { result.invalidReasons.isEmpty }

    /// The share of the intended starts of an open loop that were never sent; 0…1.
    var unsentShare: Double {
        let unsent = result.generator.unsent
        return unsent == 0 ? 0 : Double(unsent) / Double(all.requests + unsent)
    }

    // MARK: Errors

    /// Failed attempts to connect, which belong to no request.
    var failedConnects: UInt64 {
        let failures = result.failures.reduce(0) { $0 &+ $1.count }
        return failures > all.failed ? failures - all.failed : 0
    }

    /// Failed requests and failed attempts to connect: the meaning of errors wherever the whole run is meant. Without
    /// the attempts, a run that never reached a server would have none.
    var errors: UInt64 { all.failed + failedConnects }

    /// All of which `errors` are a part.
    var attempts: UInt64 {
        let (sum, overflow) = all.requests.addingReportingOverflow(failedConnects)
        return overflow ? .max : sum
    }

    /// 0…1; nil if nothing was attempted.
    var errorShare: Double? { attempts == 0 ? nil : Double(errors) / Double(attempts) }

    /// Successful requests per second.
    func rate(of endpoint: EndpointResult) -> Double {
        result.elapsedSeconds > 0 ? Double(endpoint.succeeded) / result.elapsedSeconds : 0
    }

    // MARK: Rate

    /// Requests that were sent per second of an open loop.
    var startedRate: Double {
        result.sendingSeconds > 0 ? Double(all.requests) / result.sendingSeconds : 0
    }

    /// Whether the asked rate was reached; nil for a closed loop. Requests that were given up after an interruption
    /// count as sent, and one start may lie on either side of the end.
    var reachesRate: Bool? {
        guard let rate = result.plan.rate else { return nil }
        let expected = rate * result.sendingSeconds
        let givenUpMax = result.wasInterrupted ? result.plan.connections * result.plan.pipeline : 0
        let missing = expected - Double(all.requests) - Double(givenUpMax) - 1
        return missing <= EngineLimits.unsentShareMax * expected
    }

    /// As loud as an invalid run: the latencies are those of a lower rate than the one that was asked for.
    var rateComplaint: String? {
        guard let rate = result.plan.rate, reachesRate == false else { return nil }
        let unsent =
            unsentShare > 0
            ? "; \(Decimals.percent(unsentShare)) of the starts were never sent, and no latency tells of them" : ""
        return "RATE NOT REACHED: \(Decimals.short(startedRate)) of \(Decimals.short(rate))/s\(unsent)"
    }

    // MARK: Sentences

    /// What makes the figures of a valid run say less than they seem to.
    var warnings: [String] {
        operations.compactMap { row in
            guard row.succeeded > 0, Double(row.missed) > EngineLimits.missedShareMax * Double(row.succeeded) else {
                return nil
            }
            let share = Decimals.percent(Double(row.missed) / Double(row.succeeded))
            switch row.kind {
            case .delete:
                return
                    "\(share) of the deletes found no key, which costs less than to delete one: a key can be deleted "
                    + "once; give more --keys, or end with --requests before they are gone"
            case .get:
                return "\(share) of the gets found no key, which costs less than to read one: --fill writes every key "
                    + "beforehand"
            case .put, .batch, .compareAndSet, .insert, .readModifyWrite, nil: return nil
            }
        }
    }

    /// One line for each thing that a reader must know before the figures; empty for a good run.
    package func complaints(_ outcomes: [ConditionOutcome]) -> [String] {
        var lines = warnings.map { "warning: \($0)" }
        lines += result.invalidReasons.map { "INVALID RUN: \($0)" }
        if let rateComplaint { lines.append(rateComplaint) }
        lines += outcomes.filter { !$0.holds }.map(\.sentence)
        if let verification = result.verification, !verification.passed {
            lines.append("verification failed")
            lines += verification.examples
        }
        if result.lacksVerification { lines.append(TextReport.nothingVerified) }
        return lines
    }

    // MARK: Conditions

    /// The outcome of each condition, in their order.
    package func outcomes(of conditions: [Condition]) -> [ConditionOutcome] {
        conditions.map { $0.outcome(in: self) }
    }
}
