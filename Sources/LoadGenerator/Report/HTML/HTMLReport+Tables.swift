internal import Histogram

// The tables: operations, endpoints and failures.
extension HTMLReport {
    func tables() -> String {
        let note =
            summary.isOpenLoop
            ? "<p>Latency counts from the intended start of a request, service time from its sending.</p>\n"
            : "<p>Closed loop: latency excludes the time that a request would have queued.</p>\n"
        var text = "<h2>Operations, latency in ms</h2>\n" + operationTable(\.latency)
        if summary.isOpenLoop { text += "<h2>Operations, service time in ms</h2>\n" + operationTable(\.service) }
        return text + note + endpointTable() + failureTable()
    }

    private func operationTable(_ histogram: KeyPath<OperationFigures, LatencyHistogram>) -> String {
        let percentiles: [Double] = [50, 90, 95, 99, 99.9, 99.99]
        let header =
            ["operation", "ok", "items", "ok/s", "errors", "missed", "mean"]
            + percentiles.map { "p\(Decimals.plain($0))" } + ["max"]
        func cells(_ row: OperationFigures, errors: UInt64) -> [String] {
            let latency = row[keyPath: histogram]
            let counts = [
                row.name, Decimals.count(row.succeeded), Decimals.count(row.items), Decimals.short(row.rate),
                Decimals.count(errors), Decimals.count(row.missed),
            ]
            guard latency.totalCount > 0 else { return counts + [String](repeating: "–", count: 8) }
            return counts + [Decimals.milliseconds(latency.mean / 1e6)] + percentiles.map(latency.milliseconds(at:))
                + [Decimals.milliseconds(nanoseconds: latency.maxRecorded)]
        }
        var rows = summary.operations.map { cells($0, errors: $0.failed) }
        let failedConnects = summary.failedConnects
        if failedConnects > 0 {
            rows.append(
                header.map { $0 == "operation" ? "connect" : $0 == "errors" ? Decimals.count(failedConnects) : "–" })
        }
        if rows.count != 1 { rows.append(cells(summary.all, errors: summary.errors)) }
        return HTML.table(header, rows)
    }

    private func endpointTable() -> String {
        let rows = summary.result.endpoints.map { endpoint in
            let counts = [
                endpoint.name, Decimals.count(endpoint.succeeded), Decimals.short(summary.rate(of: endpoint)),
                Decimals.count(endpoint.errors), Decimals.count(endpoint.failedConnects),
            ]
            guard let service = endpoint.service else { return counts + [String](repeating: "–", count: 4) }
            return counts + [50, 95, 99].map(service.milliseconds(at:))
                + [Decimals.milliseconds(nanoseconds: service.maxRecorded)]
        }
        return "<h2>Endpoints, service time in ms</h2>\n"
            + HTML.table(["endpoint", "ok", "ok/s", "errors", "of these connecting", "p50", "p95", "p99", "max"], rows)
    }

    private func failureTable() -> String {
        guard !summary.result.failures.isEmpty else { return "" }
        let rows = summary.result.failures.prefix(50).map { failure in
            let share = Decimals.percent(Double(failure.count) / Double(summary.errors))
            let counts = [failure.reason, Decimals.grouped(failure.count), share]
            guard let service = failure.service, service.totalCount > 0 else { return counts + ["–", "–", "–"] }
            return counts + [50, 99].map(service.milliseconds(at:))
                + [Decimals.milliseconds(nanoseconds: service.maxRecorded)]
        }
        return "<h2>Failures, time from sending in ms</h2>\n"
            + HTML.table(["reason", "count", "of all errors", "p50", "p99", "max"], Array(rows))
    }
}
