internal import Histogram

/// One condition of `--fail-on`: what must hold for the run to pass, such as `p99<20ms` or `put.errors<0.1%`.
package struct Condition: Sendable, Equatable {
    package enum Metric: Sendable, Equatable {
        /// A percentile of the latency from the intended start; 0…100.
        case percentile(Double)
        case mean
        case max
        /// Successful requests per second.
        case rate
        /// Failed requests as a share of all, 0…1.
        case errorShare
        case errorCount
        /// The longest time between two successful answers; only for the whole run.
        case gap
    }

    package enum Comparator: String, Sendable, CaseIterable {
        // The longer ones first, because they begin with the shorter ones.
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"

        func holds(_ measured: Double, _ threshold: Double) -> Bool {
            switch self {
            case .atMost: measured <= threshold
            case .atLeast: measured >= threshold
            case .below: measured < threshold
            case .above: measured > threshold
            }
        }
    }

    /// Nil means all operations together.
    package var operation: OperationKind?
    package var metric: Metric
    package var comparator: Comparator
    /// Seconds for times, 1/s for the rate, a share of 1 or a number for errors.
    package var threshold: Double
    /// The text of the condition as the user wrote it.
    package var text: String
}

// MARK: Reading

extension Condition {
    /// Reads conditions that are separated by commas.
    package static func list(_ text: String) throws(UsageError) -> [Condition] {
        let parts = try FlagText("--fail-on", text).list(
            separator: ",", expected: "expected conditions such as p99<20ms,errors<0.1%")
        var conditions: [Condition] = []
        for part in parts { conditions.append(try Condition(FlagText("--fail-on", part))) }
        return conditions
    }

    private init(_ condition: FlagText) throws(UsageError) {
        let text = condition.text
        guard let split = text.firstIndex(where: { $0 == "<" || $0 == ">" }),
            let comparator = Comparator.allCases.first(where: { text[split...].hasPrefix($0.rawValue) })
        else { throw condition.invalid("the comparison is missing; expected <, <=, > or >=") }
        let operand = condition.part(text[split...].dropFirst(comparator.rawValue.count))
        var name = trimmed(text[..<split])

        operation = nil
        if let dot = name.firstIndex(of: "."), let kind = OperationKind(rawValue: String(name[..<dot])) {
            operation = kind
            name = String(name[name.index(after: dot)...])
        }
        self.comparator = comparator
        self.text = text
        (metric, threshold) = try Self.metric(name, operand, in: condition)
        if operation != nil, metric == .gap { throw condition.invalid("gap is of the whole run; leave the prefix out") }
    }

    private static func metric(
        _ name: String, _ operand: FlagText, in condition: FlagText
    ) throws(UsageError) -> (Metric, Double) {
        switch name {
        case "p50", "p90", "p95", "p99", "p99.9", "p99.99":
            guard let percentile = Double(name.dropFirst()) else { throw condition.invalid("no percentile") }
            return (.percentile(percentile), try operand.duration().seconds)
        case "mean": return (.mean, try operand.duration().seconds)
        case "max": return (.max, try operand.duration().seconds)
        case "gap": return (.gap, try operand.duration().seconds)
        case "rate":
            let bare = operand.text.hasSuffix("/s") ? operand.text.dropLast(2) : operand.text[...]
            return (.rate, Double(try operand.part(bare).count()))
        case "errors" where operand.text.hasSuffix("%"):
            let share = try operand.part(operand.text.dropLast()).number("expected a share such as 0.1%")
            guard 0...100 ~= share else { throw condition.invalid("a share is 0% to 100%") }
            return (.errorShare, share / 100)
        case "errors": return (.errorCount, Double(try operand.count()))
        default:
            throw condition.invalid(
                "there is no figure '\(name)'; "
                    + "expected p50, p90, p95, p99, p99.9, p99.99, mean, max, rate, errors or gap"
            )
        }
    }
}

// MARK: Judging

/// The outcome of a condition.
package struct ConditionOutcome: Sendable, Equatable {
    package var condition: Condition
    /// In the unit of the threshold; nil if there was nothing to measure.
    package var measured: Double?
    /// A condition without a measurement, or with an objection, does not hold.
    package var holds: Bool
    /// Why the measured value does not represent the run.
    package var objection: String?

    /// The measured value with its unit.
    package var measuredText: String {
        guard let measured else { return "nothing was measured" }
        switch condition.metric {
        case .percentile, .mean, .max, .gap: return Decimals.milliseconds(measured * 1e3) + " ms"
        case .rate: return Decimals.plain(measured, fractionDigitsMax: 1) + "/s"
        case .errorShare: return Decimals.percent(measured)
        case .errorCount: return Decimals.plain(measured)
        }
    }
}

extension Condition {
    func outcome(in summary: Summary) -> ConditionOutcome {
        let measured = measure(summary)
        let objection = measured == nil ? nil : objection(in: summary)
        let holds = measured.map { comparator.holds($0, threshold) } ?? false
        return ConditionOutcome(
            condition: self, measured: measured, holds: holds && objection == nil, objection: objection)
    }

    /// Starts that were still queued at the end have neither a latency nor an error, for example if the cluster died
    /// before the end. Their kinds of operation are not known.
    private func objection(in summary: Summary) -> String? {
        switch metric {
        case .percentile, .mean, .max, .errorShare, .errorCount:
            let share = summary.unsentShare
            guard share > EngineLimits.unsentShareMax else { return nil }
            return "\(Decimals.percent(share)) of the requests that were to start were never sent"
        case .rate, .gap: return nil
        }
    }

    private func measure(_ summary: Summary) -> Double? {
        if metric == .gap { return summary.result.longestGapSeconds }
        let rows = operation == nil ? [summary.all] : summary.operations.filter { $0.kind == operation }
        guard let row = rows.first else { return nil }
        // They belong to no operation. Without them, a run that never reached a server would have no errors.
        let failedAttempts = operation == nil ? summary.failedAttemptsToConnect : 0
        switch metric {
        case .percentile(let percentile):
            return row.succeeded == 0 ? nil : Double(row.latency.valueAtPercentile(percentile)) / 1e9
        case .mean: return row.succeeded == 0 ? nil : row.latency.mean / 1e9
        case .max: return row.succeeded == 0 ? nil : Double(row.latency.maxRecorded) / 1e9
        case .rate: return row.rate
        case .errorShare:
            let errors = Double(row.failed + failedAttempts)
            let all = Double(row.requests + failedAttempts)
            return all == 0 ? nil : errors / all
        case .errorCount: return Double(row.failed + failedAttempts)
        case .gap: return nil
        }
    }
}
