internal import Histogram

/// The summary of a run for a terminal; at most 100 columns wide.
package struct TextReport {
    let summary: Summary
    let outcomes: [ConditionOutcome]
    let style: TextStyle

    private static let widthMax = 100

    /// The percentiles of the second table.
    static let percentiles: [Double] = [25, 50, 75, 90, 95, 99, 99.9, 99.99]

    package init(_ summary: Summary, outcomes: [ConditionOutcome], style: TextStyle) {
        self.summary = summary
        self.outcomes = outcomes
        self.style = style
    }

    /// The whole report, each line with its line break.
    package func text() -> String {
        var sections = [configuration()]
        if summary.result.wasInterrupted { sections.append([interruption()]) }
        sections.append(operationTable(summary.isOpenLoop ? "latency ms" : "ms", \.latency))
        if summary.isOpenLoop { sections.append(operationTable("service ms", \.service)) }
        sections.append(percentileTable())
        sections.append(histogram())
        sections.append(failures())
        sections.append(particulars())
        sections.append(verdict())
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    // MARK: Head

    private func configuration() -> [String] {
        PlanText.lines(summary.result.plan, style).flatMap { labelled($0.heading, $0.text) }
    }

    private func interruption() -> String {
        let seconds = Decimals.fixed(summary.result.elapsedSeconds, 1)
        return style.emphasized("interrupted after \(seconds) s; figures so far", .bold)
    }

    // MARK: Tables

    private func operationTable(
        _ unit: String, _ histogram: KeyPath<OperationFigures, LatencyHistogram>
    ) -> [String] {
        let showsItems = summary.operations.contains { $0.kind == .batch }
        var header = [unit, "count"]
        if showsItems { header.append("items") }
        header += ["ok/s", "errors", "missed", "mean", "p50", "p95", "p99", "p99.9", "max"]
        var table = TextTable(header)
        for row in summary.operations + (summary.operations.count == 1 ? [] : [summary.all]) {
            var cells = [row.name, Decimals.count(row.requests)]
            if showsItems { cells.append(Decimals.count(row.items)) }
            cells += [rate(row.rate), Decimals.count(row.failed), Decimals.count(row.missed)]
            table.append(cells + latencies(row[keyPath: histogram]))
        }
        return table.lines(style)
    }

    private func latencies(_ histogram: LatencyHistogram) -> [String] {
        guard histogram.totalCount > 0 else { return [String](repeating: "-", count: 6) }
        let percentiles = [50, 95, 99, 99.9].map { Decimals.milliseconds(nanoseconds: histogram.valueAtPercentile($0)) }
        return [Decimals.milliseconds(histogram.mean / 1e6)] + percentiles
            + [Decimals.milliseconds(nanoseconds: histogram.maxRecorded)]
    }

    private func rate(_ rate: Double) -> String {
        rate < 100 ? Decimals.fixed(rate, 1) : Decimals.count(UInt64(rate.rounded()))
    }

    private func percentileTable() -> [String] {
        guard summary.all.succeeded > 0 else { return [style.emphasized("no request succeeded", .red)] }
        var table = TextTable(["percentile"] + Self.percentiles.map { Decimals.plain($0) + "%" } + ["max"])
        table.append([summary.isOpenLoop ? "latency ms" : "ms"] + percentileCells(summary.all.latency))
        guard summary.isOpenLoop else {
            return table.lines(style) + [
                "Closed loop: latency excludes the time a request would have queued; see --rate."
            ]
        }
        table.append(["service ms"] + percentileCells(summary.all.service))
        return table.lines(style) + [
            "Latency counts from the intended start of a request, service time from its sending."
        ]
    }

    private func percentileCells(_ histogram: LatencyHistogram) -> [String] {
        Self.percentiles.map { Decimals.milliseconds(nanoseconds: histogram.valueAtPercentile($0)) }
            + [Decimals.milliseconds(nanoseconds: histogram.maxRecorded)]
    }

    // MARK: Histogram

    private func histogram() -> [String] {
        let buckets = LatencyBuckets(summary.all.latency)
        let most = buckets.buckets.map(\.count).max() ?? 0
        guard most > 0 else { return [] }
        let rows = buckets.buckets.map { bucket in
            (
                range: "\(border(bucket.lower)) \(style.dash) \(border(bucket.upper)) ms",
                bar: style.bar(Double(bucket.count) / Double(most), width: 40),
                count: Decimals.count(bucket.count),
                share: Decimals.percent(Double(bucket.count) / Double(buckets.total))
            )
        }
        let rangeWidth = rows.map(\.range.count).max() ?? 0
        let countWidth = rows.map(\.count.count).max() ?? 0
        return rows.map { row in
            let range = rightAligned(row.range, rangeWidth)
            guard !row.bar.isEmpty else { return "\(range)" }
            return
                "\(range)  \(padded(row.bar, 40))  \(rightAligned(row.count, countWidth))  "
                + rightAligned(row.share, 7)
        }
    }

    private func border(_ nanoseconds: UInt64) -> String { Decimals.plain(Double(nanoseconds) / 1e6) }

    // MARK: Tail

    private func failures() -> [String] {
        let failures = summary.result.failures
        let total = failures.reduce(0) { $0 + Double($1.count) }
        return failures.prefix(12).enumerated().flatMap { index, failure in
            let count = rightAligned(Decimals.count(failure.count), 9)
            let share = Decimals.percent(Double(failure.count) / total)
            let line = "\(count)  \(failure.reason) (\(share))\(Self.serviceTimes(failure))"
            return labelled(index == 0 ? "failures" : "", line)
        }
    }

    /// Says whether failures came at once or after a long wait.
    private static func serviceTimes(_ failure: FailureCount) -> String {
        guard let service = failure.service, service.totalCount > 0 else { return "" }
        let times = [50, 99].map { percentile in
            Decimals.milliseconds(nanoseconds: min(service.valueAtPercentile(percentile), service.maxRecorded))
        }
        return ", after p50 \(times[0]) p99 \(times[1]) ms"
    }

    private func particulars() -> [String] {
        let result = summary.result
        let seconds = max(result.elapsedSeconds, 1e-9)
        let sent = Decimals.bytes(Double(result.bytesSent))
        let received = Decimals.bytes(Double(result.bytesReceived))
        let sentRate = Decimals.bytes(Double(result.bytesSent) / seconds)
        let receivedRate = Decimals.bytes(Double(result.bytesReceived) / seconds)
        let lines = [
            ("measured", "\(Decimals.fixed(result.elapsedSeconds, 2)) s"),
            ("longest gap", "\(Decimals.milliseconds(result.longestGapSeconds * 1e3)) ms without an answer"),
            ("bytes", "sent \(sent) (\(sentRate)/s), received \(received) (\(receivedRate)/s)"),
            ("generator", generator()),
        ]
        return lines.flatMap { labelled($0.0, $0.1) } + verification()
    }

    private func generator() -> String {
        let health = summary.result.generator
        let threads = summary.result.plan.threads
        let cpu = "CPU \(Decimals.percent(health.cpuShare)) of \(threads == 1 ? "1 thread" : "\(threads) threads")"
        let stalled =
            health.stalled == 0
            ? ""
            : ", held up \(Decimals.milliseconds(nanoseconds: health.stalled)) ms "
                + "(max \(Decimals.milliseconds(nanoseconds: health.longestStall)) ms)"
        guard summary.isOpenLoop else { return cpu + stalled }
        let late =
            health.lateSends == 0 ? "" : " (max \(Decimals.milliseconds(nanoseconds: health.lateSendMax)) ms)"
        let unsent = health.unsent == 0 ? "" : ", unsent \(Decimals.count(health.unsent))"
        return "late sends \(Decimals.count(health.lateSends))\(late), "
            + "queued \(Decimals.count(health.queuedSends))\(unsent), \(cpu)\(stalled)"
    }

    private func verification() -> [String] {
        if summary.result.lacksVerification { return labelled("verification", Self.nothingVerified, .red) }
        guard let verification = summary.result.verification else { return [] }
        let keys = "\(Decimals.count(verification.keysChecked)) keys read back"
        guard !verification.passed else {
            return labelled("verification", "\(keys), every acknowledged write is there")
        }
        return labelled("verification", "FAILED: \(keys), \(verification.counts)", .red)
            + verification.examples.prefix(10).flatMap { labelled("", $0) }
    }

    private func verdict() -> [String] {
        let invalid = summary.result.invalidReasons.flatMap { reason in
            wrapped("INVALID RUN: \(reason)", Self.widthMax).map { style.emphasized($0, .alarm) }
        }
        let failed = outcomes.filter { !$0.holds }.flatMap { outcome in
            wrapped("FAILED: \(Self.sentence(outcome))", Self.widthMax).map { style.emphasized($0, .red) }
        }
        return invalid + failed
    }

    /// Printed for a run whose verification was requested and did not take place.
    package static let nothingVerified = "nothing was verified: the run was interrupted"

    /// A failed condition with what was measured.
    package static func sentence(_ outcome: ConditionOutcome) -> String {
        let objection = outcome.objection.map { ", but \($0)" } ?? ""
        return "\(outcome.condition.text) does not hold: \(outcome.measuredText)\(objection)"
    }

    // MARK: Columns

    /// A bold word and, in a second column, a text of as many lines as necessary.
    private func labelled(_ label: String, _ text: String, _ emphasis: TextStyle.Emphasis? = nil) -> [String] {
        let column = 14
        return wrapped(text, Self.widthMax - column).enumerated().map { index, line in
            let shown = emphasis.map { style.emphasized(line, $0) } ?? line
            guard index == 0, !label.isEmpty else { return String(repeating: " ", count: column) + shown }
            return style.emphasized(label, .bold) + String(repeating: " ", count: column - label.count) + shown
        }
    }

    /// Lines of at most `width` characters, broken at spaces; a longer word is broken anywhere.
    private func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var rest = style.plain(text)[...]
        while rest.count > width {
            let line = rest.prefix(width)
            let space = line.lastIndex(of: " ")
            let end = space.map { $0 > line.startIndex ? $0 : line.endIndex } ?? line.endIndex
            lines.append(String(rest[..<end]))
            rest = rest[end...].drop { $0 == " " }
        }
        return lines + [String(rest)]
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Aligned to the right.
    private func rightAligned(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
