internal import Histogram

/// Tables for spreadsheets and plotting programs. No field needs quotes: all are numbers and names of operations.
package enum CSVReport {
    /// One row per operation and one for all together.
    package static func operations(_ summary: Summary) -> String {
        let header =
            "operation,succeeded,failed,missed,items,ok_per_s,items_per_s,mean_us,p50_us,p90_us,p95_us,p99_us,p999_us,"
            + "p9999_us,max_us,service_mean_us,service_p50_us,service_p99_us,service_max_us\n"
        return (summary.operations + [summary.all]).reduce(header) { text, row in
            let counts = [row.succeeded, row.failed, row.missed, row.items].map { "\($0)" }
            let rates = [Decimals.fixed(row.rate, 1), Decimals.fixed(row.itemRate, 1)]
            let latency = figures(row.latency, [50, 90, 95, 99, 99.9, 99.99])
            let service = figures(row.service, [50, 99])
            return text + ([row.name] + counts + rates + latency + service).joined(separator: ",") + "\n"
        }
    }

    /// One row per second.
    package static func intervals(_ summary: Summary) -> String {
        summary.result.intervals.reduce("second,succeeded,failed,p50_us,p99_us,max_us\n") { text, interval in
            let latencies = [interval.p50, interval.p99, interval.max].map { Decimals.fixed(Double($0) / 1e3, 1) }
            let counts = ["\(interval.endSecond)", "\(interval.succeeded)", "\(interval.failed)"]
            return text + (counts + latencies).joined(separator: ",") + "\n"
        }
    }

    /// Mean, percentiles and maximum in microseconds; an empty field for what is not known.
    private static func figures(_ histogram: LatencyHistogram, _ percentiles: [Double]) -> [String] {
        guard histogram.totalCount > 0 else { return [String](repeating: "", count: percentiles.count + 2) }
        let values = percentiles.map { histogram.known($0).map(Double.init) } + [Double(histogram.maxRecorded)]
        return ([histogram.mean] + values).map { value in value.map { Decimals.fixed($0 / 1e3, 1) } ?? "" }
    }
}
