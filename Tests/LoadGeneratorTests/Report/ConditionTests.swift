import Testing

@testable import LoadGenerator

@Suite("Conditions of --fail-on")
struct ConditionTests {
    @Test("Conditions name a figure, a comparison and a threshold")
    func reading() throws {
        let conditions = try Condition.list("p99<20ms, put.p99.9 <= 1s,errors<0.1%,errors<=5,rate>=10k,gap<2s")

        #expect(conditions.map(\.operation) == [nil, .put, nil, nil, nil, nil])
        #expect(
            conditions.map(\.metric)
                == [.percentile(99), .percentile(99.9), .errorShare, .errorCount, .rate, .gap])
        #expect(conditions.map(\.comparator) == [.below, .atMost, .below, .atMost, .atLeast, .below])
        #expect(conditions.map(\.threshold) == [0.02, 1, 0.001, 5, 10_000, 2])
        #expect(conditions[1].text == "put.p99.9 <= 1s")
    }

    @Test(
        "A wrong condition is one line",
        arguments: [
            ("p99", "--fail-on 'p99': the comparison is missing; expected <, <=, > or >="),
            ("p99<20", "--fail-on 'p99<20': expected a duration such as 250ms, 2s or 5m"),
            ("", "--fail-on '': expected conditions such as p99<20ms,errors<0.1%"),
            (
                "p42<1s",
                "--fail-on 'p42<1s': there is no figure 'p42'; "
                    + "expected p50, p90, p95, p99, p99.9, p99.99, mean, max, rate, errors or gap"
            ),
            ("errors<101%", "--fail-on 'errors<101%': a share is 0% to 100%"),
            ("put.gap<1s", "--fail-on 'put.gap<1s': gap is of the whole run; leave the prefix out"),
        ])
    func wrong(text: String, message: String) {
        #expect(throws: UsageError(message)) { try Condition.list(text) }
    }

    @Test(
        "A condition is judged by the figure it names",
        arguments: [
            ("p50<2ms", true, "1.00 ms"), ("p99<5ms", false, "10.0 ms"), ("max<=100ms", true, "100 ms"),
            ("put.p50<100ms", false, "100 ms"), ("get.p99.99<11ms", true, "10.0 ms"), ("mean<3ms", true, "2.80 ms"),
            ("rate>=500", true, "500/s"), ("rate>500", false, "500/s"), ("put.rate<6", true, "5/s"),
            ("errors<0.1%", false, "0.2%"), ("errors<=2", true, "2"), ("put.errors<10%", false, "16.7%"),
            ("gap<100ms", false, "123 ms"), ("delete.p99<1s", false, "nothing was measured"),
        ])
    func judging(text: String, holds: Bool, measured: String) throws {
        let outcome = try #require(Summary(SampleRun.closedLoop()).outcomes(of: Condition.list(text)).first)

        #expect(outcome.holds == holds)
        #expect(outcome.measuredText == measured)
    }

    @Test("Attempts to connect that failed are errors of the run, and of no operation")
    func failedAttempts() throws {
        var result = SampleRun.closedLoop()
        result.failures.append(FailureCount(reason: "connection refused", count: 1_000))
        let conditions = try Condition.list("errors<0.3%,errors<1002,errors<=1002,put.errors<20%")

        let outcomes = Summary(result).outcomes(of: conditions)

        #expect(outcomes.map(\.holds) == [false, false, true, true])
        #expect(outcomes[0].measuredText == "50%")
    }

    @Test("Nothing measured holds no condition")
    func nothing() throws {
        let outcomes = try Summary(SampleRun.nothing()).outcomes(of: Condition.list("p99<1h,errors<100%"))

        #expect(outcomes.map(\.holds) == [false, false])
    }

    @Test("Latencies and errors of a run that left out starts at its end hold no condition; its rate and gap may")
    func unsent() throws {
        var result = SampleRun.openLoop()
        let conditions = try Condition.list("p99<1s,mean<1s,max<1s,errors<1%,errors<1,rate>=50,gap<1s")
        result.generator.unsent = 1
        #expect(Summary(result).outcomes(of: conditions).map(\.holds) == conditions.map { _ in true })

        result.generator.unsent = 25
        let outcomes = Summary(result).outcomes(of: conditions)

        #expect(outcomes.map(\.holds) == [false, false, false, false, false, true, true])
        #expect(
            outcomes[3].sentence
                == "errors<1% does not hold: 0%, but 20% of the requests that were to start were never sent")
    }

    @Test("The line about a failed condition states the measured value")
    func sentence() throws {
        let outcome = try #require(Summary(SampleRun.closedLoop()).outcomes(of: Condition.list("p99<5ms")).first)

        #expect(outcome.sentence == "p99<5ms does not hold: 10.0 ms")
    }
}
