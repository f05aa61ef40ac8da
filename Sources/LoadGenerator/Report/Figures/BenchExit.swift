/// The exit status of `skiff bench`.
package enum BenchExit: Int32, Sendable {
    case success = 0
    /// The run could not take place, its figures must not be trusted, a write was lost, verification was requested and
    /// did not take place, or a report was not written.
    case failure = 1
    /// No endpoint answered.
    case unavailable = 5
    /// The arguments are wrong (`EX_USAGE`).
    case usage = 64
    /// An open loop sent less than it was asked for. The figures are right, but they are those of another load.
    case rateNotReached = 98
    /// A condition of `--fail-on` does not hold.
    case conditionFailed = 99
    /// Ended by a signal before anything was measured (128 + SIGINT).
    case interrupted = 130

    /// The status of a run that took place: the worst one that applies. Lost data is worse than a slow answer, and a
    /// failed condition is what a pipeline asked about, even where the figures are doubtful or of a lower rate.
    package static func status(
        of summary: Summary, outcomes: [ConditionOutcome], reportsAreComplete: Bool
    ) -> BenchExit {
        let result = summary.result
        if result.wasInterrupted, summary.all.requests == 0 { return .interrupted }
        if let verification = result.verification, !verification.passed { return .failure }
        if result.lacksVerification { return .failure }
        if outcomes.contains(where: { !$0.holds }) { return .conditionFailed }
        if !summary.isValid || summary.all.succeeded == 0 || !reportsAreComplete { return .failure }
        return summary.reachesRate == false ? .rateNotReached : .success
    }

    /// The status of a run that could not take place.
    package static func status(of error: LoadError) -> BenchExit {
        switch error.kind {
        case .plan: .usage
        case .unavailable: .unavailable
        case .failed: .failure
        }
    }
}
