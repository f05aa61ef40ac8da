import ClusterControl
import HotPath
import NIOCore
import NIOPosix
import Testing

@testable import HTTPAPI

/// Membership changes cross into a task and back, so these run against a real server.
@Suite("POST /raft/join and /raft/remove")
struct ControlRouteTests {
    private func answer(
        _ path: String, _ body: String, _ answer: ControlAnswer = ControlAnswer(code: .ok, statsJSON: #"{"term":"2"}"#)
    ) async throws -> (Answer, [ControlRequest]) {
        try await RunningServer.withServer { server in
            server.control.willAnswer(answer)
            let client = try await server.connect()
            let answer = try await client.exchange(Connection.text("POST", path, body: body))
            return (answer, server.control.requests)
        }
    }

    @Test("A join passes on what it was asked and answers as raft-sample does")
    func join() async throws {
        let (answer, requests) = try await answer(
            "/raft/join", #"{"node_id":"node_2","raft_address":"127.0.0.1:1112"}"#)
        #expect(answer.status == 200)
        #expect(
            answer.body == #"{"data":{"term":"2"},"message":"node node_2 at 127.0.0.1:1112 joined successfully"}"#
                + "\n")
        #expect(answer["Content-Type"] == "application/json; charset=UTF-8")
        #expect(requests == [.join(JoinRequest(nodeID: "node_2", raftAddress: "127.0.0.1:1112"))])
    }

    @Test("All fields of a join reach the control plane, a warning comes back")
    func joinFields() async throws {
        let (answer, requests) = try await answer(
            "/raft/join?timeout=2m",
            #"{"node_id":"b","raft_address":"h:1","http_address":"h:2","role":"learner","force":true,"consent":"c","#
                + #""wait":false}"#,
            ControlAnswer(code: .ok, warning: "its id is \r\nnode2"))
        var expected = JoinRequest(nodeID: "b", raftAddress: "h:1")
        expected.httpAddress = "h:2"
        expected.asLearner = true
        expected.force = true
        expected.consent = "c"
        expected.wait = false
        expected.timeoutMilliseconds = 120_000
        #expect(requests == [.join(expected)])
        #expect(answer["X-Skiff-Warning"] == "its id is node2")
    }

    @Test("A removal passes on what it was asked and answers as raft-sample does")
    func remove() async throws {
        let (answer, requests) = try await answer("/raft/remove", #"{"node_id":"nobody","timeout":"3s","force":true}"#)
        #expect(answer.body == #"{"data":{"term":"2"},"message":"node nobody removed successfully"}"# + "\n")
        var expected = RemoveRequest(nodeID: "nobody")
        expected.timeoutMilliseconds = 3_000
        expected.force = true
        #expect(requests == [.remove(expected)])
    }

    @Test("Refusals of the control plane are 422 with its sentence, and more next to it")
    func refusals() async throws {
        let (notEmpty, _) = try await answer(
            "/raft/join", #"{"node_id":"b","raft_address":"h:1"}"#,
            ControlAnswer(code: .joinerNotEmpty, message: "error add voter: b already holds 3 keys"))
        #expect(notEmpty.status == 422)
        #expect(
            notEmpty.body
                == #"{"error":"error add voter: b already holds 3 keys","code":"joiner_not_empty","applied":"no"}"#
                + "\n")

        let (noLeader, _) = try await answer(
            "/raft/remove", #"{"node_id":"b"}"#, ControlAnswer(code: .noLeader, message: "no leader in sight"))
        #expect(noLeader.status == 422)
        #expect(noLeader.body.hasPrefix(#"{"error":"not the leader: no leader in sight","code":"no_leader""#))

        let (dead, _) = try await answer(
            "/raft/join", #"{"node_id":"b","raft_address":"h:1"}"#, ControlAnswer(code: .unreachable, message: "m"))
        #expect(dead.body == #"{"error":"m","code":"unreachable","applied":"no"}"# + "\n", "repeating cannot help")
    }

    @Test(
        "A change that failed half-way says that it left something behind, whatever the error",
        arguments: [
            ControlAnswer.Code.unreachable, .clusterMismatch, .noLeader, .timeout, .invalidArgument, .internal,
        ])
    func effects(of code: ControlAnswer.Code) async throws {
        let join = #"{"node_id":"b","raft_address":"h:1"}"#
        let (no, _) = try await answer("/raft/join", join, ControlAnswer(code: code, message: "m"))
        let (partly, _) = try await answer(
            "/raft/join", join, ControlAnswer(code: code, message: "m", applied: .partly))
        let (unknown, _) = try await answer(
            "/raft/join", join, ControlAnswer(code: code, message: "m", applied: .unknown))

        #expect(!no.body.contains("asking again completes it") && !no.body.contains("look at /raft/stats"))
        #expect(partly.body.contains(#""error":"m; part of the change was made and stays, and asking again completes"#))
        #expect(partly.body.contains(#""applied":"partly""#))
        #expect(unknown.body.contains(#""error":"m; the change may have been made or may still be, so look at "#))
        #expect(unknown.body.contains(#""applied":"unknown""#))
    }

    @Test(
        "A body that says nothing useful is refused before anything happens",
        arguments: [
            ("/raft/join", "", "node_id is empty"), ("/raft/join", #"{"node_id":"b"}"#, "raft_address is empty"),
            ("/raft/remove", "{}", "node_id is empty"), ("/raft/join", #"{"node_id":"b","#, "error binding: "),
            ("/raft/join", #"{"node_id":1}"#, "error binding: "),
            ("/raft/join", #"{"node_id":"n\ud800","raft_address":"h:1"}"#, "half of a surrogate pair"),
            ("/raft/join", #"{"node_id":"b","raft_address":"\udfff:1"}"#, "half of a surrogate pair"),
            ("/raft/remove", #"{"node_id":"\ud800\ud800"}"#, "half of a surrogate pair"),
            ("/raft/join", #"{"node_id":"b","raft_address":"h:1","role":"king"}"#, "role is voter or learner"),
            ("/raft/remove", #"{"node_id":"b","timeout":"soon"}"#, "not 'soon': does not start with"),
            ("/raft/remove", #"{"node_id":"b","timeout":"1h30m"}"#, "not '1h30m': several numbers with units"),
        ])
    func badBodies(_ path: String, _ body: String, _ text: String) async throws {
        let (answer, requests) = try await answer(path, body)
        #expect(answer.status == 422)
        #expect(answer.body.contains(text))
        #expect(requests.isEmpty)
    }

    @Test("A change keeps its place between other requests of the connection")
    func inOrder() async throws {
        try await RunningServer.withServer { server in
            let client = try await server.connect()
            try await client.send(
                Connection.text("POST", "/raft/remove", body: #"{"node_id":"b"}"#) + Connection.text("GET", "/livez")
                    + Connection.text("PUT", "/v1/kv/a", body: "x"))
            let answers = try await client.answers(3)
            #expect(answers[0].body.contains("removed successfully"))
            #expect(answers[1].body == "ok\n")
            #expect(answers[2].body.hasPrefix(#"{"key":"a""#))
        }
    }
}
