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

    /// The outcome of each condition, in their order. Failed attempts to connect, which belong to no request.
    var failedAttemptsToConnect: UInt64 {
        let failures = result.failures.reduce(0) { $0 &+ $1.count }
        return failures > all.failed ? failures - all.failed : 0
    }

    package func outcomes(of conditions: [Condition]) -> [ConditionOutcome] {
        conditions.map { $0.outcome(in: self) }
    }
}
