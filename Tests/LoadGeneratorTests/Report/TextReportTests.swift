import Bytes
import Histogram
import Testing

@testable import LoadGenerator

@Suite("The summary in the terminal")
struct TextReportTests {
    private static let plain = TextStyle(usesColor: false, usesUnicode: true)
    private static let ascii = TextStyle(usesColor: false, usesUnicode: false)

    private func text(_ result: LoadResult, failOn: String? = nil, style: TextStyle = plain) throws -> String {
        let summary = Summary(result)
        let outcomes = try failOn.map { summary.outcomes(of: try Condition.list($0)) } ?? []
        return TextReport(summary, outcomes: outcomes, style: style).text()
    }

    @Test("A closed loop")
    func closedLoop() throws {
        let report = try text(SampleRun.closedLoop(), failOn: "p99<5ms,errors<1%")

        let expected = """
            target        skiff
            endpoints     127.0.0.1:2221, [::1]:2222 (round-robin)
            workload      get 99%, put 1%
            keys          100,000, prefix 'key', zipfian 0.99, filled first
            values        256 B, incompressible
            load          closed loop, 64 connections × 1 in flight, 1 thread
            reads         linearizable
            run           10 s after 2 s warm-up, seed 1, timeout 10 s

            ms   count  ok/s  errors  missed  mean   p50   p95   p99  p99.9   max
            get    990   495       0       7  1.82  1.00  10.0  10.0      -  10.0
            put     12   5.0       2       0   100   100     -     -      -   100
            all  1,002   500       2       7  2.80  1.00  10.0  10.0    100   100

            percentile   25%   50%   75%   90%   95%   99%  99.9%  99.99%  max
            ms          1.00  1.00  1.00  1.00  10.0  10.0    100       -  100
            Closed loop: latency excludes the time a request would have queued; see --rate.

                1 – 2 ms  ████████████████████████████████████████  900      90%
                2 – 5 ms
               5 – 10 ms
              10 – 20 ms  ████                                       90       9%
              20 – 50 ms
             50 – 100 ms
            100 – 200 ms  ▌                                          10       1%

            endpoint, ms    count  ok/s  errors   p50   p95   p99   max
            127.0.0.1:2221    990   495       0  1.00  10.0  10.0  10.0
            [::1]:2222         12   5.0       2   100     -     -   100

            failures              2  timeout (100% of the errors), after p50 10000 max 10000 ms

            measured      2.00 s
            longest gap   123 ms without an answer
            bytes         sent 2 KiB (1 KiB/s), received 4 MiB (2 MiB/s)
            generator     CPU 25% of 1 thread
            conditions    errors<1% holds: 0.2%

            FAILED: p99<5ms does not hold: 10.0 ms

            """
        #expect(report == expected)
    }

    @Test("An open loop shows latency and service time, in ASCII where the locale asks for it")
    func openLoop() throws {
        let report = try text(SampleRun.openLoop(), style: Self.ascii)

        let expected = """
            target        skiff
            endpoints     127.0.0.1:2221, [::1]:2222 (round-robin)
            workload      batch of 10
            keys          100,000, prefix 'key', zipfian 0.99, filled first
            values        256 B, incompressible
            load          open loop, 50/s over at most 64 connections x 1 in flight, 1 thread
            run           10 s after 2 s warm-up, seed 1, timeout 10 s

            latency ms  count  items  ok/s  errors  missed  mean   p50   p95   p99  p99.9   max
            batch         100  1,000  50.0       0       0  3.00  3.00  3.00  3.00      -  3.00

            service ms  count  items  ok/s  errors  missed  mean   p50   p95   p99  p99.9   max
            batch         100  1,000  50.0       0       0  2.00  2.00  2.00  2.00      -  2.00

            percentile   25%   50%   75%   90%   95%   99%  99.9%  99.99%   max
            latency ms  3.00  3.00  3.00  3.00  3.00  3.00      -       -  3.00
            service ms  2.00  2.00  2.00  2.00  2.00  2.00      -       -  2.00
            Latency counts from the intended start of a request, service time from its sending.

            2 - 5 ms  ########################################  100     100%

            endpoint, service ms  count  ok/s  errors   p50   p95   p99   max
            127.0.0.1:2221          100  50.0       0  2.00  2.00  2.00  2.00
            [::1]:2222                0   0.0       0     -     -     -     -

            measured      2.00 s
            longest gap   123 ms without an answer
            bytes         sent 2 KiB (1 KiB/s), received 4 MiB (2 MiB/s)
            generator     late sends 3 (max 2.50 ms), queued 4, CPU 50% of 1 thread

            """
        #expect(report == expected)
    }

    @Test("An invalid run, lost writes and an interruption are said plainly")
    func bad() throws {
        var result = SampleRun.closedLoop()
        result.invalidReasons = ["the generator was too slow"]
        result.wasInterrupted = true
        result.elapsedSeconds = 3.21
        result.verification = VerificationResult(
            keysChecked: 1_000, lost: 1, foreign: 0, unreadable: 2, inconclusive: 3,
            examples: ["key7: \u{1B}[2Jgone"])

        let lines = try text(result).split(separator: "\n")

        #expect(lines.contains("interrupted after 3.2 s; figures so far"))
        let verdict = "FAILED: 1,000 keys read back, 1 LOST, 0 foreign, 2 unreadable, 3 inconclusive"
        #expect(lines.contains("verification  \(verdict)"))
        #expect(lines.contains("              key7: ?[2Jgone"))
        #expect(lines.last == "INVALID RUN: the generator was too slow")
    }

    @Test("A run that was to be verified and was not says so")
    func unverified() throws {
        var result = SampleRun.closedLoop()
        result.plan.verifies = true
        result.wasInterrupted = true

        let lines = try text(result).split(separator: "\n")

        #expect(lines.contains("verification  nothing was verified: the run was interrupted"))
    }

    @Test("Colours are only there when asked for, and an invalid run is the loudest of them")
    func colors() throws {
        var result = SampleRun.closedLoop()
        result.invalidReasons = ["too slow"]

        #expect(try !text(result).contains("\u{1B}"))
        let colored = try text(result, style: TextStyle(usesColor: true, usesUnicode: true))
        #expect(colored.hasSuffix("\u{1B}[1;97;41mINVALID RUN: too slow\u{1B}[0m\n"))
    }

    @Test("A generator that was held up says for how long")
    func heldUp() throws {
        var result = SampleRun.closedLoop()
        result.generator.stalled = 312_000_000
        result.generator.longestStall = 95_000_000

        #expect(try text(result).contains("\ngenerator     CPU 25% of 1 thread, held up 312 ms (max 95.0 ms)\n"))
    }

    @Test("A run without a success has a report too")
    func nothing() throws {
        let text = try text(SampleRun.nothing())

        #expect(text.contains("no request succeeded"))
        #expect(text.contains("all"))
    }

    @Test("A rate that was not reached is as loud as an invalid run, and a generator that kept up says nothing")
    func rateNotReached() throws {
        var result = SampleRun.openLoop()
        result.sendingSeconds = 2.03
        #expect(try !text(result).contains("RATE NOT REACHED"), "one start more or less is the border of the run")
        result.sendingSeconds = 2
        result.plan.rate = 200_000
        result.generator.unsent = 900

        let text = try text(result, style: TextStyle(usesColor: true, usesUnicode: true))

        let sentence = "RATE NOT REACHED: 50 of 200k/s; 90% of the starts were never sent, and no latency tells of them"
        #expect(text.hasSuffix("\u{1B}[1;97;41m\(sentence)\u{1B}[0m\n"), "\(text.suffix(200))")
        #expect(Summary(result).complaints([]) == [sentence])
    }

    @Test("Requests that were counted instead of timed, at half of the rate, did not reach it either")
    func rateOfCountedRequests() throws {
        var result = SampleRun.openLoop()
        result.plan.ending = .afterRequests(100)
        #expect(Summary(result).reachesRate == true)
        result.sendingSeconds = 4

        #expect(try text(result).hasSuffix("\nRATE NOT REACHED: 25 of 50/s\n"))
        #expect(Summary(SampleRun.closedLoop()).reachesRate == nil)
    }

    @Test("Requests that were given up after an interruption count as sent, and such a run may miss its rate too")
    func rateOfInterruptedRuns() {
        var result = SampleRun.openLoop()
        result.wasInterrupted = true
        result.plan.rate = 80
        #expect(Summary(result).reachesRate == true, "64 may have been in flight")
        result.plan.rate = 100

        #expect(Summary(result).reachesRate == false)
    }

    @Test("Attempts to connect are errors of the run, with a row and an endpoint of their own")
    func failedConnects() throws {
        var result = SampleRun.closedLoop()
        result.operations.removeFirst()
        result.failures.append(FailureCount(reason: "connection refused", count: 32))
        result.endpoints[0] = EndpointResult(
            name: "127.0.0.1:2299", succeeded: 0, failed: 0, failedConnects: 32, service: nil)

        let lines = try text(result, failOn: "errors<=34").split(separator: "\n")

        #expect(lines.contains("put         12   5.0       2       0   100  100    -    -      -  100"), "\(lines)")
        #expect(lines.contains("connect     32     -      32       -     -    -    -    -      -    -"), "\(lines)")
        #expect(lines.contains("all         44   5.0      34       0   100  100    -    -      -  100"), "\(lines)")
        #expect(lines.contains("127.0.0.1:2299     32   0.0      32    -    -    -    -"), "\(lines)")
        #expect(lines.contains("                     32  connection refused (94.1% of the errors)"), "\(lines)")
        #expect(lines.contains("conditions    errors<=34 holds: 34"), "\(lines)")
    }

    @Test("Most deletes of keys that are gone, or gets of keys that were never there, are a warning")
    func missed() throws {
        var result = SampleRun.closedLoop()
        #expect(try !text(result).contains("warning"))
        result.operations[0].missed = 980
        result.operations[1].kind = .delete
        result.operations[1].missed = 6

        let lines = try text(result).split(separator: "\n")

        #expect(lines.contains { $0.hasPrefix("warning: 99% of the gets found no key") })
        #expect(lines.contains { $0.hasPrefix("warning: 60% of the deletes found no key") })
        #expect(Summary(result).complaints([]).count == 2)
    }

    @Test(
        "The consistency of reads is said by its name, and only where something reads",
        arguments: [
            (LoadTarget.skiff, OperationKind.get, "linearizable (the server's default)"),
            (.etcd, .compareAndSet, "linearizable (the server's default)"),
            (.raftSample, .readModifyWrite, "stale (the server's default)"), (.skiff, .put, nil), (.etcd, .delete, nil),
        ] as [(LoadTarget, OperationKind, String?)])
    func reads(target: LoadTarget, kind: OperationKind, expected: String?) {
        var plan = LoadPlan(endpoints: [])
        plan.target = target
        plan.mix = [WeightedOperation(kind, weight: 1)]

        #expect(PlanText.lines(plan, Self.plain).first { $0.heading == "reads" }?.text == expected)
    }

    @Test("A percentile is known if one request at least was slower")
    func knownPercentiles() {
        func known(_ count: UInt64, _ percentile: Double) -> Bool {
            SampleRun.histogram([(1_000_000, count)]).known(percentile) != nil
        }

        #expect(known(1, 50) && known(1, 75))
        #expect(known(10, 90) && !known(9, 90))
        #expect(known(20, 95) && !known(19, 95))
        #expect(known(100, 99) && !known(99, 99))
        #expect(known(1_000, 99.9) && !known(999, 99.9))
        #expect(known(10_000, 99.99) && !known(9_999, 99.99))
        #expect(SampleRun.histogram([]).known(50) == nil)
    }

    // MARK: Width

    @Test(
        "No line is wider than the terminal, or than 100 columns, whatever the figures", arguments: [nil, 40, 60, 84])
    func width(terminal: Int?) throws {
        let result = Self.wideResult()
        let text = TextReport(
            Summary(result), outcomes: Summary(result).outcomes(of: try Condition.list("p50<1s,p99.99<=1us,errors<=5")),
            style: Self.plain, width: terminal
        ).text()

        let wide = text.split(separator: "\n").filter { $0.count > terminal ?? 100 }

        #expect(wide.isEmpty, "\(wide)")
    }

    private static func wideResult() -> LoadResult {
        var result = SampleRun.openLoop()
        result.plan.endpoints = (0..<40).map { HostAndPort(host: "node\($0).example.internal", port: 2_221) }
        result.endpoints = result.plan.endpoints.map {
            EndpointResult(
                name: $0.description, succeeded: 98_765_432_109, failed: 87_654_321, failedConnects: 87_654_321,
                service: SampleRun.histogram([(999_999_000_000, 1_000_000)]))
        }
        result.plan.valueSize = .weighted((1...9).map { WeightedSize(bytes: $0 * 100_000, weight: 1) })
        result.plan.rate = 100_000_000
        result.plan.keyCount = 1_000_000_000
        result.plan.keyPrefix = String(repeating: "long", count: 64)
        result.plan.mix = OperationKind.allCases.map { WeightedOperation($0, weight: 1) }
        result.operations[0].succeeded = 98_765_432_109
        result.operations[0].failed = 87_654_321
        result.operations[0].missed = 87_654_321
        result.operations[0].itemsSucceeded = 9_876_543_210_900
        result.operations[0].latency.record(999_999_000_000)
        result.operations += OperationKind.allCases.filter { $0 != .batch }.map { kind in
            var operation = result.operations[0]
            operation.kind = kind
            return operation
        }
        result.failures = [FailureCount(reason: String(repeating: "reason ", count: 40), count: .max)]
        result.verification = VerificationResult(
            keysChecked: 9_999_999, lost: 9_999_999, foreign: 9_999_999, unreadable: 9_999_999,
            inconclusive: 9_999_999, examples: [String(repeating: "example ", count: 40)])
        result.bytesSent = .max
        result.bytesReceived = .max
        result.invalidReasons = [String(repeating: "reason ", count: 40)]
        return result
    }

    @Test("A table that is too wide is broken between columns, and each part repeats the first")
    func brokenTable() {
        var table = TextTable(["ms", "count", "p50", "p99"])
        table.append(["put", "1,000", "1.00", "2.00"])

        #expect(
            table.lines(Self.plain, width: 16) == ["ms   count   p50", "put  1,000  1.00", "ms    p99", "put  2.00"])
        #expect(table.lines(Self.plain, width: 1).count == 6)
        #expect(table.lines(Self.plain).count == 2)
    }

    @Test("Bars shrink with the terminal, and the share stays on the line")
    func narrowHistogram() throws {
        let summary = Summary(SampleRun.closedLoop())
        let text = TextReport(summary, outcomes: [], style: Self.plain, width: 60).text()

        #expect(text.contains("\n    1 – 2 ms  \(String(repeating: "█", count: 32))  900      90%\n"), "\(text)")
    }

    @Test("Buckets have round borders and no holes, and the slow end is kept apart")
    func buckets() {
        let buckets = LatencyBuckets(SampleRun.histogram([(900_000, 5), (1_500_000, 3), (8_000_000, 2)]))
        #expect(buckets.buckets.map(\.upper) == [1_000_000, 2_000_000, 5_000_000, 10_000_000])
        #expect(buckets.buckets.map(\.count) == [5, 3, 0, 2])

        let many = LatencyBuckets(SampleRun.histogram([(1, 1), (1_000, 1), (60_000_000_000, 1)]))
        #expect(many.buckets.count == LatencyBuckets.rowsMax)
        #expect(many.buckets.first?.lower == 0)
        #expect(many.buckets.last?.upper == 100_000_000_000)
        #expect(many.buckets.reduce(0) { $0 + $1.count } == 3)
    }

    @Test("A bar shows the smallest share, and never leaves its width")
    func bars() {
        #expect(Self.plain.bar(0, width: 8) == "")
        #expect(Self.plain.bar(0.0001, width: 8) == "▏")
        #expect(Self.plain.bar(0.5, width: 3) == "█▌")
        #expect(Self.plain.bar(2, width: 3) == "███")
        #expect(Self.ascii.bar(0.0001, width: 8) == "#")
        #expect(Self.ascii.bar(0.5, width: 8) == "####")
    }

    @Test("The first variable of the locale that is set decides about Unicode")
    func locale() {
        #expect(TextStyle.isUnicode(lcAll: nil, lcCtype: nil, lang: "C.UTF-8"))
        #expect(TextStyle.isUnicode(lcAll: "", lcCtype: "de_DE.utf8", lang: "C"))
        #expect(!TextStyle.isUnicode(lcAll: "C", lcCtype: nil, lang: "en_US.UTF-8"))
        #expect(!TextStyle.isUnicode(lcAll: nil, lcCtype: nil, lang: nil))
    }

    @Test("The line per second has the phase and its figures, and fits the terminal")
    func progress() {
        var progress = LoadProgress(
            phase: .measuring, elapsedSeconds: 12.3, extent: .seconds(20),
            interval: IntervalResult(
                endSecond: 12, succeeded: 47_120, failed: 0, failedConnects: 0, p50: 410_000, p99: 2_900_000,
                max: 8_000_000),
            errors: 0, inFlight: 256)

        #expect(
            ProgressLine.text(progress, width: 100, style: Self.plain)
                == "measuring 12 of 20s  47.1k/s  p50 0.410 p99 2.90 ms  errors 0  in flight 256")
        #expect(ProgressLine.text(progress, width: 20, style: Self.plain) == "measuring 12 of 20s")

        progress.extent = .count(done: 1_200, of: 10_000)
        progress.interval.succeeded = 99
        #expect(
            ProgressLine.text(progress, width: 100, style: Self.plain)
                == "measuring 12s  1,200 of 10,000  99/s  p50 0.410 p99 - ms  errors 0  in flight 256")
        progress.phase = .draining
        progress.extent = nil
        #expect(
            ProgressLine.text(progress, width: 40, style: Self.plain) == "waiting for the last answers 12s  99/s ")
    }
}
