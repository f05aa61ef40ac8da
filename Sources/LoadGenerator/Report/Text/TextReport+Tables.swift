internal import Histogram

// The tables and the histogram.
extension TextReport {
    /// The percentiles of the second table.
    private static let percentiles: [Double] = [25, 50, 75, 90, 95, 99, 99.9, 99.99]

    /// More endpoints than these are counted together.
    private static let endpointRowsMax = 32

    // MARK: Operations

    func operationTable(
        _ unit: String, _ histogram: KeyPath<OperationFigures, LatencyHistogram>
    ) -> [String] {
        let showsItems = summary.operations.contains { $0.kind == .batch }
        var header = [unit, "count"]
        if showsItems { header.append("items") }
        header += ["ok/s", "errors", "missed", "mean", "p50", "p95", "p99", "p99.9", "max"]
        var table = TextTable(header)
        func append(_ row: OperationFigures, count: UInt64, errors: UInt64) {
            var cells = [row.name, Decimals.count(count)]
            if showsItems { cells.append(Decimals.count(row.items)) }
            cells += [rate(row.rate), Decimals.count(errors), Decimals.count(row.missed)]
            table.append(cells + latencies(row[keyPath: histogram]))
        }
        for row in summary.operations { append(row, count: row.requests, errors: row.failed) }
        let failedConnects = summary.failedConnects
        if failedConnects > 0 {
            let count = Decimals.count(failedConnects)
            table.append(header.map { ["count", "errors"].contains($0) ? count : $0 == unit ? "connect" : "-" })
        }
        if summary.operations.count != 1 || failedConnects > 0 {
            append(summary.all, count: summary.attempts, errors: summary.errors)
        }
        return table.lines(style, width: width)
    }

    private func latencies(_ histogram: LatencyHistogram) -> [String] {
        guard histogram.totalCount > 0 else { return [String](repeating: "-", count: 6) }
        return [Decimals.milliseconds(histogram.mean / 1e6)]
            + [50, 95, 99, 99.9].map(histogram.milliseconds(at:)) + [
                Decimals.milliseconds(nanoseconds: histogram.maxRecorded)
            ]
    }

    private func rate(_ rate: Double) -> String {
        rate < 100 ? Decimals.fixed(rate, 1) : Decimals.count(UInt64(rate.rounded()))
    }

    // MARK: Endpoints

    /// One row per endpoint, so that a slow or a dead one is seen. One endpoint alone is the row above.
    func endpointTable() -> [String] {
        let endpoints = summary.result.endpoints
        guard endpoints.count > 1 else { return [] }
        let unit = summary.isOpenLoop ? "service ms" : "ms"
        var table = TextTable(["endpoint, \(unit)", "count", "ok/s", "errors", "p50", "p95", "p99", "max"])
        for endpoint in endpoints.prefix(Self.endpointRowsMax) {
            let counts = [
                Decimals.count(endpoint.attempts), rate(summary.rate(of: endpoint)), Decimals.count(endpoint.errors),
            ]
            table.append([short(endpoint.name)] + counts + latencies(of: endpoint))
        }
        let lines = table.lines(style, width: width)
        let rest = endpoints.count - Self.endpointRowsMax
        return rest > 0 ? lines + ["and \(rest) more endpoints; see --json"] : lines
    }

    private func latencies(of endpoint: EndpointResult) -> [String] {
        guard let service = endpoint.service else { return [String](repeating: "-", count: 4) }
        return [50, 95, 99].map(service.milliseconds(at:)) + [Decimals.milliseconds(nanoseconds: service.maxRecorded)]
    }

    /// Names differ at their beginning, addresses at their end.
    private func short(_ name: String) -> String {
        let lengthMax = width / 3
        let plain = style.plain(name)
        guard plain.count > lengthMax else { return plain }
        let kept = (lengthMax - style.ellipsis.count) / 2
        return plain.prefix(kept) + style.ellipsis + plain.suffix(kept)
    }

    // MARK: Percentiles

    func percentileTable() -> [String] {
        guard summary.all.succeeded > 0 else { return [style.emphasized("no request succeeded", .red)] }
        var table = TextTable(["percentile"] + Self.percentiles.map { Decimals.plain($0) + "%" } + ["max"])
        table.append([summary.isOpenLoop ? "latency ms" : "ms"] + percentileCells(summary.all.latency))
        if summary.isOpenLoop { table.append(["service ms"] + percentileCells(summary.all.service)) }
        let note =
            summary.isOpenLoop
            ? "Latency counts from the intended start of a request, service time from its sending."
            : "Closed loop: latency excludes the time a request would have queued; see --rate."
        return table.lines(style, width: width) + wrapped(note, width)
    }

    private func percentileCells(_ histogram: LatencyHistogram) -> [String] {
        Self.percentiles.map(histogram.milliseconds(at:)) + [Decimals.milliseconds(nanoseconds: histogram.maxRecorded)]
    }

    // MARK: Histogram

    func histogram() -> [String] {
        let buckets = LatencyBuckets(summary.all.latency)
        let most = buckets.buckets.map(\.count).max() ?? 0
        guard most > 0 else { return [] }
        let rows = buckets.buckets.map { bucket in
            (
                range: "\(border(bucket.lower)) \(style.dash) \(border(bucket.upper)) ms", count: bucket.count,
                share: Decimals.percent(Double(bucket.count) / Double(buckets.total))
            )
        }
        let rangeWidth = rows.map(\.range.count).max() ?? 0
        let countWidth = rows.map { Decimals.count($0.count).count }.max() ?? 0
        let shareWidth = 7
        let barWidth = min(40, max(4, width - rangeWidth - countWidth - shareWidth - 6))
        return rows.map { row in
            let range = rightAligned(row.range, rangeWidth)
            guard row.count > 0 else { return range }
            let bar = padded(style.bar(Double(row.count) / Double(most), width: barWidth), barWidth)
            let count = rightAligned(Decimals.count(row.count), countWidth)
            return "\(range)  \(bar)  \(count)  \(rightAligned(row.share, shareWidth))"
        }
    }

    private func border(_ nanoseconds: UInt64) -> String { Decimals.plain(Double(nanoseconds) / 1e6) }
}
