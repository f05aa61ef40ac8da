import Bytes
import NIOCore
import Testing

@testable import LoadGenerator

@Suite("Runs against a server that falls silent shortly before their end")
struct LoadRunTests {
    /// Sends gets on one connection for 0.6 s. The second is answered after a second.
    private func run(rate: Double?) throws -> LoadResult {
        let server = try SmallServer(silentAt: 2, for: .seconds(1))
        defer { #expect(throws: Never.self) { try server.stop() } }
        var plan = LoadPlan(endpoints: [HostAndPort(host: "127.0.0.1", port: server.port)])
        plan.mix = [WeightedOperation(.get, weight: 1)]
        plan.keyCount = 100
        plan.connections = 1
        plan.rate = rate
        plan.warmup = .zero
        plan.ending = .after(.milliseconds(600))
        return try LoadRun(plan: plan).run()
    }

    @Test("An outage across the end of the run is one gap")
    func gap() throws {
        let result = try run(rate: nil)

        #expect(result.longestGapSeconds >= 0.99, "\(result.longestGapSeconds)")
        #expect(result.longestGapSeconds <= result.elapsedSeconds)
    }

    @Test("Starts that were queued when the run ended do not let conditions on latency and errors hold")
    func queuedAtTheEnd() throws {
        let result = try run(rate: 500)
        let outcomes = Summary(result).outcomes(of: try Condition.list("p50<1h,errors<1"))

        #expect(result.generator.unsent > 200)
        #expect(outcomes.map(\.measured).last == 0, "nothing that was sent has failed")
        #expect(outcomes.map(\.holds) == [false, false])
    }
}
