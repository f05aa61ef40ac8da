import Testing

@testable import LoadGenerator

@Suite("A load that is always refused is given up")
struct RefusalWatchTests {
    private let tooLarge = Verdict.failed(.status(413, "value_too_large"), mayHaveApplied: false)

    private func noted(_ watch: inout RefusalWatch, _ verdict: Verdict, times: Int) -> [FailureReason?] {
        (0..<times).map { _ in watch.note(.put, verdict) }
    }

    @Test("The first refusals of a kind end it, with their reason")
    func refused() {
        var watch = RefusalWatch()
        let reasons = noted(&watch, tooLarge, times: EngineLimits.refusalsMax)

        #expect(reasons.dropLast().allSatisfy { $0 == nil })
        #expect(reasons.last == .status(413, "value_too_large"))
    }

    @Test("A success of the kind, at any time, lets it go on; one of another kind does not")
    func succeeded() {
        var watch = RefusalWatch()
        _ = noted(&watch, tooLarge, times: EngineLimits.refusalsMax - 1)
        #expect(watch.note(.get, .succeeded(items: 1, missed: false)) == nil)
        #expect(watch.note(.put, tooLarge) != nil)
        #expect(watch.note(.put, .succeeded(items: 1, missed: false)) == nil)

        #expect(noted(&watch, tooLarge, times: 100).allSatisfy { $0 == nil })
    }

    @Test(
        "What may pass is no reason to give up",
        arguments: [
            .status(429, "overloaded"), .status(503, "no_leader"), .status(504, ""), .status(422, "not the leader"),
            .status(412, ""), .status(408, ""), .status(421, "not_leader"), .timeout, .refused, .closed, .reset,
            .badAnswer("content length"),
        ] as [FailureReason])
    func passing(reason: FailureReason) {
        var watch = RefusalWatch()

        #expect(noted(&watch, .failed(reason, mayHaveApplied: true), times: 100).allSatisfy { $0 == nil })
    }

    @Test(
        "A server of another kind, and what it never does, are final",
        arguments: [
            .status(404, "route_not_found"), .status(405, ""), .status(400, "invalid_argument"), .status(401, ""),
            .status(501, "not_supported"), .status(200, "batch partly failed"), FailureReason(.notHTTP),
        ] as [FailureReason])
    func final(reason: FailureReason) {
        #expect(reason.isFinal)
    }
}
