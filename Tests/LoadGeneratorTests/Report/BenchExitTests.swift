import Testing

@testable import LoadGenerator

@Suite("The exit status of skiff bench")
struct BenchExitTests {
    private func status(
        _ result: LoadResult, failOn: String? = nil, reportsAreComplete: Bool = true
    ) throws -> BenchExit {
        let summary = Summary(result)
        let outcomes = try failOn.map { summary.outcomes(of: try Condition.list($0)) } ?? []
        return BenchExit.status(of: summary, outcomes: outcomes, reportsAreComplete: reportsAreComplete)
    }

    @Test("A run with answers is a success, errors or not, unless a condition says otherwise")
    func success() throws {
        #expect(try status(SampleRun.closedLoop()) == .success)
        #expect(try status(SampleRun.closedLoop(), failOn: "errors<1%") == .success)
        #expect(try status(SampleRun.closedLoop(), failOn: "errors<0.1%") == .conditionFailed)
    }

    @Test("An invalid run fails, and a failed condition comes before it")
    func invalid() throws {
        var result = SampleRun.closedLoop()
        result.invalidReasons = ["the generator was too slow"]

        #expect(try status(result) == .failure)
        #expect(try status(result, failOn: "p99<1ms") == .conditionFailed)
    }

    @Test("A rate that was not reached has a status of its own, after all that is worse")
    func rateNotReached() throws {
        var result = SampleRun.openLoop()
        #expect(try status(result) == .success)
        result.plan.rate = 500

        #expect(try status(result) == .rateNotReached)
        #expect(BenchExit.rateNotReached.rawValue == 98)
        #expect(try status(result, failOn: "rate>40") == .rateNotReached)
        #expect(try status(result, failOn: "rate>400") == .conditionFailed)
        result.invalidReasons = ["the generator was too slow"]
        #expect(try status(result) == .failure)
    }

    @Test("A lost write comes before everything else")
    func lost() throws {
        var result = SampleRun.closedLoop()
        result.plan.verifies = true
        result.verification = VerificationResult(
            keysChecked: 1, lost: 1, foreign: 0, unreadable: 0, inconclusive: 0, examples: [])

        #expect(try status(result, failOn: "p99<1ms") == .failure)
    }

    @Test("A verification that could not judge every key has not passed")
    func inconclusive() throws {
        var result = SampleRun.closedLoop()
        result.plan.verifies = true
        result.verification = VerificationResult(
            keysChecked: 9, lost: 0, foreign: 0, unreadable: 0, inconclusive: 0, examples: [])
        #expect(try status(result) == .success)

        result.verification?.inconclusive = 1
        #expect(try status(result) == .failure)
    }

    @Test("A run that was interrupted before its verification has verified nothing, and fails")
    func unverified() throws {
        var result = SampleRun.closedLoop()
        result.plan.verifies = true
        result.wasInterrupted = true

        #expect(try status(result) == .failure)
        #expect(try status(result, failOn: "p99<1ms") == .failure)
    }

    @Test("An interrupted run is a success if it measured something, else 130")
    func interrupted() throws {
        var result = SampleRun.closedLoop()
        result.wasInterrupted = true
        var nothing = SampleRun.nothing()
        nothing.wasInterrupted = true

        #expect(try status(result) == .success)
        #expect(try status(nothing) == .interrupted)
    }

    @Test("A run without a success, and a report that was not written, are failures")
    func failures() throws {
        #expect(try status(SampleRun.nothing()) == .failure)
        #expect(try status(SampleRun.closedLoop(), reportsAreComplete: false) == .failure)
    }

    @Test("A run that could not take place is 1, or 5 if nobody answered")
    func loadErrors() {
        #expect(BenchExit.status(of: LoadError("no")) == .failure)
        #expect(BenchExit.status(of: LoadError("no", .unavailable)) == .unavailable)
        #expect(BenchExit.status(of: LoadError("no", .plan)) == .usage)
        #expect(BenchExit.unavailable.rawValue == 5)
        #expect(BenchExit.conditionFailed.rawValue == 99)
    }
}
