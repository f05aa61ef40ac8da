import ClusterControl
import HotPath
import NIOCore
import NIOPosix
import Testing

@testable import HTTPAPI

/// A comparison crosses into a task and back, so these run against a real server.
@Suite("GET /v1/cluster/hash")
struct ClusterHashRouteTests {
    private func answer(_ path: String, _ answer: ControlAnswer) async throws -> (Answer, [ControlRequest]) {
        try await RunningServer.withServer { server in
            server.control.willAnswer(answer)
            let client = try await server.connect()
            let answer = try await client.exchange(Connection.text("GET", path))
            return (answer, server.control.requests)
        }
    }

    @Test("answers with what the leader has found")
    func result() async throws {
        let json = #"{"index":7,"term":2,"complete":true,"agree":true,"members":[]}"#
        let (answer, requests) = try await answer(
            "/v1/cluster/hash?timeout=9s", ControlAnswer(code: .ok, statsJSON: json))

        #expect(answer.status == 200)
        #expect(answer.body == json + "\n")
        #expect(requests == [.compare(timeoutMilliseconds: 9_000)])
    }

    @Test("says why there is no result, and that nothing was changed")
    func failures() async throws {
        for (code, status) in [
            (.noLeader, 503), (.notSupported, 501), (.overloaded, 429), (.timeout, 504),
        ] as [(ControlAnswer.Code, Int)] {
            let (answer, _) = try await answer(
                "/v1/cluster/hash", ControlAnswer(code: code, message: "because", applied: .unknown))
            #expect(answer.status == status)
            #expect(answer.body.contains(#""code":"\#(code.rawValue)""#))
            #expect(answer.body.contains("because") || answer.body.contains("Because"))
            #expect(!answer.body.contains("may have been made"))
        }
    }

    @Test("takes no parameter but the time-out and the form")
    func parameters() async throws {
        let (answer, requests) = try await answer("/v1/cluster/hash?prefix=a", ControlAnswer(code: .ok))
        #expect(answer.status == 400)
        #expect(requests == [])
    }
}
