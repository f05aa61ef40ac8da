import Foundation
import Testing

@testable import LoadGenerator

@Suite("Reports for programs")
struct DocumentTests {
    private func json(_ result: LoadResult, failOn: String? = nil) throws -> [String: Any] {
        let summary = Summary(result)
        let outcomes = try failOn.map { summary.outcomes(of: try Condition.list($0)) } ?? []
        let text = JSONReport(summary, outcomes: outcomes, environment: SampleRun.environment).text()
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    // MARK: JSON

    @Test("The JSON document has its figures under names with units")
    func figures() throws {
        let document = try json(SampleRun.closedLoop(), failOn: "p99<5ms")

        #expect(document["schema"] as? Int == 2)
        #expect(document["valid"] as? Bool == true)
        #expect(document["started_at"] as? String == "2023-11-14T22:13:20Z")
        #expect(document["longest_gap_ms"] as? Double == 123.4)
        let all = try #require(document["all"] as? [String: Any])
        #expect(all["succeeded"] as? Int == 1_000)
        #expect(all["failed"] as? Int == 2)
        #expect(all["ok_per_s"] as? Double == 500)
        let latency = try #require(all["latency"] as? [String: Any])
        #expect(
            Set(latency.keys) == [
                "count", "min_us", "mean_us", "stddev_us", "p50_us", "p75_us", "p90_us", "p95_us", "p99_us", "p999_us",
                "p9999_us", "max_us",
            ])
        #expect(latency["max_us"] as? Double == 100_000)
        let operations = try #require(document["operations"] as? [[String: Any]])
        #expect(operations.map { $0["operation"] as? String } == ["get", "put"])
        #expect((document["intervals"] as? [[String: Any]])?.count == 2)
        let conditions = try #require(document["conditions"] as? [[String: Any]])
        #expect(conditions.first?["holds"] as? Bool == false)
        #expect(conditions.first?["measured"] as? String == "10.0 ms")
    }

    @Test("The JSON document reports stalls of the generator, inconclusive keys, and objections")
    func doubts() throws {
        var result = SampleRun.openLoop()
        result.generator.stalled = 312_000_000
        result.generator.longestStall = 95_500_000
        result.generator.unsent = 100
        result.verification = VerificationResult(
            keysChecked: 9, lost: 0, foreign: 0, unreadable: 0, inconclusive: 2, examples: [])

        let document = try json(result, failOn: "p99<1s,rate>1")

        let generator = try #require(document["generator"] as? [String: Any])
        #expect(generator["stalled_ms"] as? Double == 312)
        #expect(generator["longest_stall_ms"] as? Double == 95.5)
        let verification = try #require(document["verification"] as? [String: Any])
        #expect(verification["inconclusive"] as? Int == 2)
        #expect(verification["passed"] as? Bool == false)
        let conditions = try #require(document["conditions"] as? [[String: Any]])
        #expect(conditions.map { $0["holds"] as? Bool } == [false, true])
        #expect(
            conditions[0]["objection"] as? String == "50% of the requests that were to start were never sent")
        #expect(conditions[1]["objection"] is NSNull)
    }

    @Test("The JSON document says whether a rate was reached, what came from each endpoint, and counts errors as one")
    func endpoints() throws {
        var result = SampleRun.openLoop()
        result.plan.rate = 500
        result.operations[0].missed = 90
        result.endpoints[1].failedConnects = 4
        result.failures = [FailureCount(reason: "connection refused", count: 4)]

        let document = try json(result)

        #expect(document["valid"] as? Bool == true)
        #expect(document["rate_reached"] as? Bool == false)
        #expect(document["started_per_s"] as? Double == 50)
        #expect(document["errors"] as? Int == 4)
        #expect(document["failed_connects"] as? Int == 4)
        let all = try #require(document["all"] as? [String: Any])
        #expect(all["failed"] as? Int == 0)
        #expect(all["error_share"] as? Double == document["error_share"] as? Double)
        #expect(document["error_share"] as? Double == 0.038_462)
        let endpoints = try #require(document["endpoints"] as? [[String: Any]])
        #expect(endpoints.map { $0["endpoint"] as? String } == ["127.0.0.1:2221", "[::1]:2222"])
        #expect(endpoints.map { $0["succeeded"] as? Int } == [100, 0])
        #expect(endpoints.map { $0["failed_connects"] as? Int } == [0, 4])
        #expect((endpoints[0]["service"] as? [String: Any])?["p50_us"] as? Double == 2_000)
        #expect((endpoints[0]["service"] as? [String: Any])?["p999_us"] is NSNull, "100 requests have no p99.9")
        #expect(endpoints[1]["service"] is NSNull)
        #expect(try json(SampleRun.closedLoop())["rate_reached"] is NSNull)
        #expect(try json(SampleRun.openLoop())["rate_reached"] as? Bool == true)
    }

    @Test("The JSON document repeats the configuration and describes the machine")
    func configuration() throws {
        let document = try json(SampleRun.openLoop())

        let configuration = try #require(document["configuration"] as? [String: Any])
        #expect(configuration["endpoints"] as? [String] == ["127.0.0.1:2221", "[::1]:2222"])
        #expect(configuration["loop"] as? String == "open")
        #expect(configuration["rate_per_s"] as? Double == 50)
        #expect(configuration["mix"] as? [String: Double] == ["batch": 1])
        #expect(configuration["requests"] is NSNull)
        let environment = try #require(document["environment"] as? [String: Any])
        #expect(environment["cpu_model"] as? String == "A <fast> CPU")
        #expect(environment["skiff_version"] as? String == "1.2.3")
    }

    @Test("The JSON document is valid whatever a server or a key says, and when nothing was measured")
    func hostile() throws {
        var result = SampleRun.nothing()
        result.failures = [FailureCount(reason: "\"\\\u{0}\u{7}\n\u{1F}é\u{2028}</script>", count: 1)]
        result.plan.keyPrefix = "\"{\t"
        result.elapsedSeconds = .nan
        result.generator.cpuShare = .infinity

        let document = try json(result)

        #expect(document["elapsed_s"] is NSNull)
        let failures = try #require(document["failures"] as? [[String: Any]])
        #expect(failures.first?["reason"] as? String == result.failures.first?.reason)
        #expect((document["all"] as? [String: Any])?["latency"] is NSNull)
    }

    // MARK: CSV

    @Test("The CSV of operations has one row each and one for all")
    func operations() {
        let lines = CSVReport.operations(Summary(SampleRun.closedLoop())).split(separator: "\n")

        #expect(lines.map { $0.prefix { $0 != "," } } == ["operation", "get", "put", "all"])
        #expect(Set(lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }) == [19])
        #expect(lines[2].hasPrefix("put,10,2,0,10,5.0,5.0,"))
    }

    @Test("A row without answers has empty fields and not zeros")
    func emptyFields() {
        let lines = CSVReport.operations(Summary(SampleRun.nothing())).split(separator: "\n")

        #expect(lines.last == "all,0,0,0,0,0.0,0.0,,,,,,,,,,,,")
    }

    @Test("The CSV of intervals has one row per second")
    func intervals() {
        #expect(
            CSVReport.intervals(Summary(SampleRun.closedLoop())) == """
                second,succeeded,failed,p50_us,p99_us,max_us
                1,400,0,1000.0,10000.0,10000.0
                2,600,2,1000.0,10000.0,100000.0

                """)
    }

    // MARK: Percentiles

    @Test("The percentile file has the shape that plotters read")
    func percentiles() throws {
        let lines = PercentileReport.text(Summary(SampleRun.closedLoop())).split(
            separator: "\n", omittingEmptySubsequences: false)

        #expect(lines[0] == "       Value     Percentile TotalCount 1/(1-Percentile)")
        #expect(lines[1].isEmpty)
        let rows = lines.dropFirst(2).prefix { !$0.hasPrefix("#") }.map {
            $0.split(separator: " ").compactMap { Double($0) }
        }
        #expect(rows.first == [1.0, 0, 900, 1])
        #expect(rows.last == [100, 1, 1_000])
        #expect(rows.dropLast().allSatisfy { $0.count == 4 })
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0[0] <= $1[0] && $0[1] <= $1[1] && $0[2] <= $1[2] })
        #expect(lines.contains("#[Max     =      100.000, Total count    =         1000]"))
    }

    // MARK: HTML

    private func page(_ result: LoadResult) -> String {
        HTMLReport(Summary(result), outcomes: [], environment: SampleRun.environment).text()
    }

    @Test("The page has the verdict on the rate, the endpoints, and one meaning of errors; it fits a telephone")
    func pageOfErrors() {
        var result = SampleRun.openLoop()
        result.plan.rate = 500
        result.endpoints[1].failedConnects = 4
        result.failures = [FailureCount(reason: "connection refused", count: 4)]

        let page = page(result)

        #expect(page.contains("<div>RATE NOT REACHED: 50 of 500/s</div>"))
        #expect(page.contains("<b>4</b><span>errors of 104</span>"))
        #expect(page.contains("<td>[::1]:2222</td><td>0</td><td>0</td><td>4</td><td>4</td>"))
        #expect(page.contains("<td>connection refused</td><td>4</td><td>100%</td>"))
        #expect(page.contains("minmax(min(420px,100%),1fr)"))
    }

    @Test("The page needs nothing from elsewhere")
    func selfContained() {
        let page = page(SampleRun.openLoop())

        for word in ["http:", "https:", "//", "src=", "href=", "url(", "@import", "<script", "<link"] {
            #expect(!page.contains(word), "\(word)")
        }
    }

    @Test("The page escapes text from outside")
    func escaping() {
        var result = SampleRun.closedLoop()
        result.failures = [FailureCount(reason: "<img onerror='x'>\u{1B}&", count: 1)]
        result.plan.keyPrefix = "<b>"
        result.invalidReasons = ["a < b"]

        let page = page(result)

        #expect(page.contains("&lt;img onerror=&#39;x&#39;&gt;?&amp;"))
        #expect(page.contains("INVALID RUN: a &lt; b"))
        #expect(page.contains("A &lt;fast&gt; CPU"))
        #expect(!page.contains("<img") && !page.contains("'<b>'"))
    }

    @Test("The page has four charts with finite coordinates, also for the smallest runs")
    func charts() {
        var single = SampleRun.closedLoop()
        single.intervals = Array(single.intervals.prefix(1))
        for result in [SampleRun.closedLoop(), SampleRun.openLoop(), SampleRun.nothing(), single] {
            let page = page(result)
            #expect(page.components(separatedBy: "<svg").count == 5)
            #expect(page.components(separatedBy: "</svg>").count == 5)
            // A number that is not finite is printed as a dash.
            for word in ["\"-\"", "\"-,", "-,", ",-\""] { #expect(!page.contains(word), "\(word)") }
        }
    }

    @Test("An axis covers its values with ticks at round numbers")
    func scales() {
        let linear = ChartScale.linear(upTo: 47) { Decimals.plain($0) }
        let logarithmic = ChartScale.logarithmic(from: 0.3, to: 120) { Decimals.plain($0) }

        #expect(linear.ticks.map(\.label) == ["0", "20", "40", "60"])
        #expect(logarithmic.ticks.map(\.label) == ["0.2", "0.5", "1", "2", "5", "10", "20", "50", "100", "200"])
        let wide = ChartScale.logarithmic(from: 0.04, to: 900) { Decimals.plain($0) }
        #expect(wide.ticks.map(\.label) == ["0.1", "1", "10", "100", "1000"])
        #expect(linear.position(30) == 0.5)
        #expect(abs(logarithmic.position(200) - 1) < 1e-9)
        #expect(abs(ChartScale.logarithmic(from: 1, to: 10_000) { "\($0)" }.position(100) - 0.5) < 1e-4)
    }

    // MARK: Files

    @Test("A file is checked without a trace, then replaced as a whole")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "skiff-report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        let path = folder.appending(path: "run.json").path

        let file = try ReportFile(path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        try file.write("a longer text")
        try file.write("short")

        #expect(try String(contentsOfFile: path, encoding: .utf8) == "short")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run.json"])
        #expect(throws: ReportFile.Failure(message: "cannot write \(folder.path): it is a directory")) {
            try ReportFile(folder.path)
        }
        #expect(throws: ReportFile.Failure(message: "cannot write \(path)/x: Not a directory")) {
            try ReportFile(path + "/x")
        }
    }

    @Test("A full disk is one line", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func fullDisk() throws {
        let file = try ReportFile("/dev/full")

        #expect(throws: ReportFile.Failure(message: "cannot write /dev/full: No space left on device")) {
            try file.write("text")
        }
    }
}
