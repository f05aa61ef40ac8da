internal import Histogram

/// A run as one self-contained page, without scripts, fonts or links to other files.
package struct HTMLReport {
    let summary: Summary
    let outcomes: [ConditionOutcome]
    let environment: RunEnvironment

    private static let style = TextStyle(usesColor: false, usesUnicode: true)

    package init(_ summary: Summary, outcomes: [ConditionOutcome], environment: RunEnvironment) {
        self.summary = summary
        self.outcomes = outcomes
        self.environment = environment
    }

    package func text() -> String {
        let plan = summary.result.plan
        let title = "skiff bench: \(PlanText.mix(plan, Self.style))"
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(HTML.escaped(title))</title><style>
            \(HTML.styleSheet)</style></head><body>
            <h1>\(HTML.escaped(title))</h1>
            <p>\(HTML.escaped(subtitle()))</p>
            \(verdicts())\(tiles())<h2>Over time</h2><div class="charts">
            \(throughputChart())\(latencyChart())</div>
            <h2>Distribution of latency</h2><div class="charts">
            \(percentileChart())\(histogramChart())</div>
            \(tables())<h2>Configuration</h2>
            \(definitions(PlanText.lines(plan, Self.style).map { ($0.heading, $0.text) }))<h2>Machine</h2>
            \(definitions(machine()))</body></html>

            """
    }

    // MARK: Head

    private func subtitle() -> String {
        let started = JSONReport.timestamp(summary.result.startedAt)
        let seconds = Decimals.fixed(summary.result.elapsedSeconds, 1)
        let ending = summary.result.wasInterrupted ? ", interrupted after" : ", measured for"
        return "\(summary.isOpenLoop ? "Open" : "Closed") loop, started \(started)\(ending) \(seconds) s"
    }

    private func verdicts() -> String {
        let result = summary.result
        var bad = result.invalidReasons.map { "INVALID RUN: \($0)" }
        if let rateComplaint = summary.rateComplaint { bad.append(rateComplaint) }
        if let verification = result.verification, !verification.passed {
            bad.append(
                "Verification failed: of \(Decimals.grouped(verification.keysChecked)) keys "
                    + verification.counts)
            bad += verification.examples.prefix(10)
        }
        if result.lacksVerification { bad.append(TextReport.nothingVerified) }
        bad += outcomes.filter { !$0.holds }.map(\.sentence)
        var good = outcomes.filter(\.holds).map(\.sentence)
        if let verification = result.verification, verification.passed {
            good.append(
                "\(Decimals.grouped(verification.keysChecked)) keys read back, every acknowledged write is there")
        }
        return [("bad", bad), ("warning", summary.warnings), ("good", good)].map(box).joined()
    }

    /// One box for all sentences of a kind, so that many conditions leave the figures in sight.
    private func box(_ kind: String, _ sentences: [String]) -> String {
        guard !sentences.isEmpty else { return "" }
        let lines = sentences.map { "<div>\(HTML.escaped($0))</div>" }.joined(separator: "\n")
        return "<div class=\"verdict \(kind)\">\(lines)</div>\n"
    }

    private func tiles() -> String {
        let all = summary.all
        var tiles = [("requests/s", Decimals.short(all.rate))]
        if summary.operations.contains(where: { $0.kind == .batch }) {
            tiles.append(("operations/s", Decimals.short(all.itemRate)))
        }
        if all.succeeded > 0 {
            for percentile in [50, 99, 99.9] {
                tiles.append(("p\(Decimals.plain(percentile)) ms", all.latency.milliseconds(at: percentile)))
            }
            tiles.append(("max ms", Decimals.milliseconds(nanoseconds: all.latency.maxRecorded)))
        }
        tiles.append(("errors of \(Decimals.short(Double(summary.attempts)))", Decimals.count(summary.errors)))
        tiles.append(("longest gap ms", Decimals.milliseconds(summary.result.longestGapSeconds * 1e3)))
        let cells = tiles.map { label, figure in
            "<div class=\"tile\"><b>\(HTML.escaped(figure))</b><span>\(HTML.escaped(label))</span></div>"
        }
        return "<div class=\"tiles\">\(cells.joined())</div>\n"
    }

    // MARK: Charts

    private var seconds: ChartScale {
        let last = summary.result.intervals.map(\.endSecond).max() ?? 1
        return .linear(upTo: Double(last)) { Decimals.plain($0) + " s" }
    }

    /// `5k` and not `5.00k`.
    private func axisLabel(_ value: Double) -> String {
        if value >= 1_000_000 { return Decimals.plain(value / 1_000_000) + "M" }
        return value >= 1_000 ? Decimals.plain(value / 1_000) + "k" : Decimals.plain(value)
    }

    private func throughputChart() -> String {
        let intervals = summary.result.intervals
        func errors(_ interval: IntervalResult) -> UInt64 { interval.failed + interval.failedConnects }
        let highest = intervals.map { max($0.succeeded, errors($0)) }.max() ?? 0
        let chart = Chart(
            title: "Throughput", note: "requests/s", x: seconds,
            y: .linear(upTo: Double(highest), label: axisLabel))
        var series = [
            Chart.Series(
                name: "succeeded", style: "s1",
                points: intervals.map { (Double($0.endSecond), Double($0.succeeded)) }, isFilled: true)
        ]
        if intervals.contains(where: { errors($0) > 0 }) {
            series.append(
                Chart.Series(
                    name: "errors", style: "bad", points: intervals.map { (Double($0.endSecond), Double(errors($0))) }))
        }
        return chart.lines(series)
    }

    /// A second without an answer has no latency and no point.
    private func latencyChart() -> String {
        let intervals = summary.result.intervals.filter { $0.max > 0 }
        let lowest = intervals.map { $0.p50 }.min() ?? 1_000
        let highest = intervals.map { $0.max }.max() ?? 1_000_000
        let chart = Chart(
            title: "Latency", note: "ms", x: seconds,
            y: .logarithmic(from: Double(lowest) / 1e6, to: Double(highest) / 1e6) { Decimals.plain($0) })
        func series(_ name: String, _ style: String, _ value: KeyPath<IntervalResult, UInt64>) -> Chart.Series {
            Chart.Series(
                name: name, style: style,
                points: intervals.map { (Double($0.endSecond), Double($0[keyPath: value]) / 1e6) })
        }
        return chart.lines([series("p50", "s1", \.p50), series("p99", "s2", \.p99), series("max", "s3", \.max)])
    }

    private func percentileChart() -> String {
        let latency = percentilePoints(summary.all.latency)
        var series = [Chart.Series(name: "latency", style: "s1", points: latency)]
        if summary.isOpenLoop {
            series.append(Chart.Series(name: "service", style: "s2", points: percentilePoints(summary.all.service)))
        }
        let values = series.flatMap { $0.points.map(\.y) }.filter { $0 > 0 }
        let rarest = latency.last?.x ?? 1_000
        let x = ChartScale.logarithmic(from: 1, to: max(100, rarest)) { rarity in
            // 1 in 100 is the 99th percentile; the steps 2 and 5 between the powers have no usual name.
            switch rarity {
            case 1: "0%"
            case 10: "90%"
            case 100: "99%"
            case 1_000: "99.9%"
            case 10_000: "99.99%"
            case 100_000: "99.999%"
            case 1_000_000: "99.9999%"
            default: ""
            }
        }
        let chart = Chart(
            title: "By percentile", note: "ms", x: x,
            y: .logarithmic(from: values.min() ?? 0.1, to: values.max() ?? 10) { Decimals.plain($0) })
        return chart.lines(series)
    }

    /// x is the rarity of a latency: one in x requests is at least this slow. For the maximum, x is the number of
    /// requests.
    private func percentilePoints(_ histogram: LatencyHistogram) -> [(x: Double, y: Double)] {
        guard histogram.totalCount > 0 else { return [] }
        let total = Double(histogram.totalCount)
        return histogram.percentiles(ticksPerHalfDistance: 10).map { step in
            let share = step.percentileLevelIteratedTo / 100
            let rarity = share < 1 ? min(total, 1 / (1 - share)) : total
            return (rarity, Double(min(step.value, histogram.maxRecorded)) / 1e6)
        }
    }

    private func histogramChart() -> String {
        let buckets = LatencyBuckets(summary.all.latency)
        let most = buckets.buckets.map(\.count).max() ?? 0
        let chart = Chart(
            title: "Histogram", note: "requests, up to … ms", x: .linear(upTo: 1) { Decimals.plain($0) },
            y: .linear(upTo: Double(most), label: axisLabel))
        return chart.columns(
            buckets.buckets.map { bucket in
                let upper = Decimals.plain(Double(bucket.upper) / 1e6)
                let lower = Decimals.plain(Double(bucket.lower) / 1e6)
                let share = Decimals.percent(Double(bucket.count) / Double(max(1, buckets.total)))
                let hint = "\(lower) – \(upper) ms: \(Decimals.grouped(bucket.count)) (\(share))"
                return (upper, Double(bucket.count), hint)
            })
    }

    // MARK: Configuration

    private func machine() -> [(String, String)] {
        let health = summary.result.generator
        return [
            ("skiff", environment.skiffVersion),
            ("system", "\(environment.operatingSystem), kernel \(environment.kernel)"),
            ("processor", "\(environment.processor), \(environment.processorCount) processors"),
            (
                "generator",
                "CPU \(Decimals.percent(health.cpuShare)), late sends \(Decimals.count(health.lateSends)), "
                    + "queued \(Decimals.count(health.queuedSends)), unsent \(Decimals.count(health.unsent)), "
                    + "held up \(Decimals.milliseconds(nanoseconds: health.stalled)) ms"
            ),
            (
                "bytes",
                "sent \(Decimals.bytes(Double(summary.result.bytesSent))), "
                    + "received \(Decimals.bytes(Double(summary.result.bytesReceived)))"
            ),
        ]
    }

    private func definitions(_ entries: [(String, String)]) -> String {
        let lines = entries.map { "<dt>\(HTML.escaped($0.0))</dt><dd>\(HTML.escaped($0.1))</dd>" }
        return "<dl>\(lines.joined())</dl>\n"
    }
}
