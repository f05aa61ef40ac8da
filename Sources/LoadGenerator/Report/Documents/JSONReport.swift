internal import Bytes
internal import FoundationEssentials
internal import Histogram

/// Everything about a run as one JSON document. Names carry their unit; a change of meaning raises `schema`.
package struct JSONReport {
    static let schema = 2

    let summary: Summary
    let outcomes: [ConditionOutcome]
    let environment: RunEnvironment

    package init(_ summary: Summary, outcomes: [ConditionOutcome], environment: RunEnvironment) {
        self.summary = summary
        self.outcomes = outcomes
        self.environment = environment
    }

    package func text() -> String {
        let result = summary.result
        return JSONValue.object([
            ("schema", .integer(Self.schema)),
            ("started_at", .string(Self.timestamp(result.startedAt))),
            ("elapsed_s", .number(result.elapsedSeconds)),
            ("valid", .bool(summary.isValid)),
            ("invalid_reasons", .array(result.invalidReasons.map { .string($0) })),
            ("interrupted", .bool(result.wasInterrupted)),
            ("rate_reached", summary.reachesRate.map { .bool($0) } ?? .null),
            ("started_per_s", summary.isOpenLoop ? .number(summary.startedRate) : .null),
            ("warnings", .array(summary.warnings.map { .string($0) })),
            ("errors", .unsigned(summary.errors)),
            ("error_share", summary.errorShare.map { .number($0) } ?? .null),
            ("failed_connects", .unsigned(summary.failedConnects)),
            ("configuration", configuration(result.plan)),
            ("environment", environmentValue()),
            ("all", row(summary.all)),
            ("operations", .array(summary.operations.map(row))),
            ("endpoints", .array(result.endpoints.map(endpoint))),
            ("latency_distribution", distribution(summary.all.latency)),
            ("intervals", .array(result.intervals.map(interval))),
            ("failures", .array(result.failures.map(failure))),
            ("longest_gap_ms", .number(result.longestGapSeconds * 1e3)),
            ("bytes_sent", .unsigned(result.bytesSent)),
            ("bytes_received", .unsigned(result.bytesReceived)),
            ("generator", generator(result.generator)),
            ("verification", result.verification.map(verification) ?? .null),
            ("conditions", .array(outcomes.map(condition))),
        ]).text()
    }

    static func timestamp(_ secondsSince1970: Double) -> String {
        Date(timeIntervalSince1970: secondsSince1970).formatted(.iso8601)
    }

    // MARK: The plan

    private func configuration(_ plan: LoadPlan) -> JSONValue {
        let total = plan.mix.reduce(0) { $0 + $1.weight }
        var duration = JSONValue.null
        var requests = JSONValue.null
        switch plan.ending {
        case .after(let time): duration = .number(time.seconds)
        case .afterRequests(let count): requests = .integer(count)
        }
        return .object([
            ("target", .string(plan.target.rawValue)),
            ("endpoints", .array(plan.endpoints.map { .string($0.description) })),
            ("spread", .string(plan.spread.rawValue)),
            ("loop", .string(summary.isOpenLoop ? "open" : "closed")),
            ("rate_per_s", plan.rate.map { .number($0) } ?? .null),
            ("mix", .object(plan.mix.map { ($0.kind.rawValue, .number($0.weight / total)) })),
            ("keys", .integer(plan.keyCount)),
            ("key_prefix", .string(plan.keyPrefix)),
            ("distribution", .string(PlanText.distribution(plan.keys))),
            ("value_size", valueSize(plan.valueSize)),
            ("batch_size", .integer(plan.batchSize)),
            ("batch_atomic", .bool(plan.batchIsAtomic)),
            ("consistency", plan.consistency.map { .string($0.rawValue) } ?? .null),
            ("connections", .integer(plan.connections)),
            ("pipeline", .integer(plan.pipeline)),
            ("threads", .integer(plan.threads)),
            ("warmup_s", .number(plan.warmup.seconds)),
            ("duration_s", duration),
            ("requests", requests),
            ("timeout_s", .number(plan.timeout.seconds)),
            ("seed", .unsigned(plan.seed)),
            ("fill", .bool(plan.fillsFirst)),
            ("verify", .bool(plan.verifies)),
        ])
    }

    private func valueSize(_ size: ValueSize) -> JSONValue {
        switch size {
        case .fixed(let bytes): .object([("min_bytes", .integer(bytes)), ("max_bytes", .integer(bytes))])
        case .range(let range):
            .object([("min_bytes", .integer(range.lowerBound)), ("max_bytes", .integer(range.upperBound))])
        case .weighted(let sizes):
            .object([
                ("min_bytes", .integer(sizes.map(\.bytes).min() ?? 0)),
                ("max_bytes", .integer(sizes.map(\.bytes).max() ?? 0)),
                (
                    "weights",
                    .array(sizes.map { .object([("bytes", .integer($0.bytes)), ("weight", .number($0.weight))]) })
                ),
            ])
        }
    }

    private func environmentValue() -> JSONValue {
        .object([
            ("skiff_version", .string(environment.skiffVersion)),
            ("os", .string(environment.operatingSystem)),
            ("kernel", .string(environment.kernel)),
            ("cpu_model", .string(environment.processor)),
            ("cpu_count", .integer(environment.processorCount)),
        ])
    }

    // MARK: The results

    private func row(_ row: OperationFigures) -> JSONValue {
        .object([
            ("operation", .string(row.name)),
            ("succeeded", .unsigned(row.succeeded)),
            ("failed", .unsigned(row.failed)),
            ("missed", .unsigned(row.missed)),
            ("items", .unsigned(row.items)),
            ("ok_per_s", .number(row.rate)),
            ("items_per_s", .number(row.itemRate)),
            // All together include the attempts to connect, as everywhere.
            (
                "error_share",
                row.kind == nil ? summary.errorShare.map { .number($0) } ?? .null : .number(row.errorShare)
            ),
            ("latency", latency(row.latency)),
            ("service", latency(row.service)),
            ("failure_latency", latency(row.failureLatency)),
        ])
    }

    private func endpoint(_ endpoint: EndpointResult) -> JSONValue {
        .object([
            ("endpoint", .string(endpoint.name)),
            ("succeeded", .unsigned(endpoint.succeeded)),
            ("failed", .unsigned(endpoint.failed)),
            ("failed_connects", .unsigned(endpoint.failedConnects)),
            ("ok_per_s", .number(summary.rate(of: endpoint))),
            ("service", endpoint.service.map(latency) ?? .null),
        ])
    }

    /// Null if nothing was recorded: 0 would look like a very good latency. A percentile is null if there were
    /// too few values for it.
    private func latency(_ histogram: LatencyHistogram) -> JSONValue {
        guard histogram.totalCount > 0 else { return .null }
        let percentiles = [50, 75, 90, 95, 99, 99.9, 99.99].map { percentile in
            let digits = Decimals.plain(percentile).filter { $0 != "." }
            return ("p\(digits)_us", histogram.known(percentile).map(microseconds) ?? .null)
        }
        return .object(
            [
                ("count", .unsigned(histogram.totalCount)),
                ("min_us", microseconds(histogram.min)),
                ("mean_us", .number(histogram.mean / 1e3)),
                ("stddev_us", .number(histogram.stdDeviation / 1e3)),
            ] + percentiles + [("max_us", microseconds(histogram.maxRecorded))])
    }

    private func distribution(_ histogram: LatencyHistogram) -> JSONValue {
        let steps = histogram.totalCount == 0 ? [] : Array(histogram.percentiles(ticksPerHalfDistance: 5))
        return .array(
            steps.map { step in
                .object([
                    ("percentile", .number(step.percentileLevelIteratedTo)),
                    ("latency_us", microseconds(min(step.value, histogram.maxRecorded))),
                    ("count", .unsigned(step.totalCountToThisValue)),
                ])
            })
    }

    private func interval(_ interval: IntervalResult) -> JSONValue {
        .object([
            ("end_s", .integer(interval.endSecond)),
            ("succeeded", .unsigned(interval.succeeded)),
            ("failed", .unsigned(interval.failed)),
            ("failed_connects", .unsigned(interval.failedConnects)),
            ("p50_us", microseconds(interval.p50)),
            ("p99_us", microseconds(interval.p99)),
            ("max_us", microseconds(interval.max)),
        ])
    }

    private func failure(_ failure: FailureCount) -> JSONValue {
        .object([
            ("reason", .string(failure.reason)), ("count", .unsigned(failure.count)),
            ("service", failure.service.map(latency) ?? .null),
        ])
    }

    private func generator(_ health: GeneratorHealth) -> JSONValue {
        .object([
            ("late_sends", .unsigned(health.lateSends)),
            ("late_send_max_us", microseconds(health.lateSendMax)),
            ("queued_sends", .unsigned(health.queuedSends)),
            ("unsent", .unsigned(health.unsent)),
            ("stalled_ms", .number(Double(health.stalled) / 1e6)),
            ("longest_stall_ms", .number(Double(health.longestStall) / 1e6)),
            ("cpu_share", .number(health.cpuShare)),
        ])
    }

    private func verification(_ verification: VerificationResult) -> JSONValue {
        .object([
            ("passed", .bool(verification.passed)),
            ("keys_checked", .unsigned(verification.keysChecked)),
            ("lost", .unsigned(verification.lost)),
            ("foreign", .unsigned(verification.foreign)),
            ("unreadable", .unsigned(verification.unreadable)),
            ("inconclusive", .unsigned(verification.inconclusive)),
            ("examples", .array(verification.examples.map { .string($0) })),
        ])
    }

    private func condition(_ outcome: ConditionOutcome) -> JSONValue {
        .object([
            ("condition", .string(outcome.condition.text)),
            ("holds", .bool(outcome.holds)),
            ("measured", outcome.measured == nil ? .null : .string(outcome.measuredText)),
            ("objection", outcome.objection.map { .string($0) } ?? .null),
        ])
    }

    private func microseconds(_ nanoseconds: UInt64) -> JSONValue { .number(Double(nanoseconds) / 1e3) }
}
