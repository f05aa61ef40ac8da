import ClusterControl
import HotPath
import NIOCore
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("Answers of a node without a leader")
struct NoLeaderTests {
    /// What the status is made to be, and the words that have to be in every answer.
    static let reasons: [(status: NodeStatus, reason: String, advice: String)] = [
        (status(members: 0, reachable: 0), "not a member of a cluster yet", "POST /raft/join on a member"),
        (status(members: 3, reachable: 1), "1 of 3 voters reachable", "a leader needs 2"),
        (status(members: 3, reachable: 2), "election in progress (term 8)", "try again"),
    ]

    private static func status(members: Int, reachable: Int) -> NodeStatus {
        var status = EmbeddedNode.status
        status.role = .preCandidate
        status.term = Term(8)
        status.leaderID = nil
        status.isCaughtUp = false
        status.configuration = Configuration(
            members: (0..<members).map { Member(id: NodeID("node\($0 + 1)"), role: .voter, raftAddress: "h:\($0)") })
        status.reachableVoters = reachable
        return status
    }

    private func node(_ status: NodeStatus) -> EmbeddedNode {
        let node = EmbeddedNode()
        node.board.update { $0 = status }
        node.replica.onBurst = { [node] burst in
            node.sink.post(burst.map { Completion(tag: $0.tag, outcome: .failed(.noLeader)) })
        }
        return node
    }

    @Test("Writes and linearizable reads say which of the three reasons it is", arguments: 0..<3)
    func requests(_ place: Int) throws {
        let (status, reason, advice) = Self.reasons[place]
        let connection = try node(status).connect()
        for (method, path, body) in [
            ("PUT", "/v1/kv/a", "x"), ("DELETE", "/v1/kv/a", nil), ("GET", "/v1/kv/a", nil),
            ("POST", "/v1/batch", #"{"delete":{"key":"a"}}"#),
        ] as [(String, String, String?)] {
            let answer = try connection.request(method, path, body: body)
            #expect(answer.status == 503)
            #expect(answer.body.hasPrefix(#"{"error":"no leader: \#(reason); "#), "\(answer.body)")
            #expect(answer.body.contains(advice))
            #expect(answer.body.contains(#""code":"no_leader","applied":"no""#))
        }
        for (method, path, body) in [
            ("POST", "/store", #"{"key":"a"}"#), ("DELETE", "/store/a", nil), ("GET", "/store/a?consistent", nil),
        ] as [(String, String, String?)] {
            let answer = try connection.request(method, path, body: body)
            #expect(answer.status == 422)
            #expect(answer.body.hasPrefix(#"{"error":"not the leader, and there is none: \#(reason); "#))
            #expect(answer.body.contains(#""code":"no_leader","applied":"no""#))
        }
    }

    @Test("Probes and statistics say it too, and caught_up does not contradict itself", arguments: 0..<3)
    func probes(_ place: Int) throws {
        let (status, reason, advice) = Self.reasons[place]
        let connection = try node(status).connect()

        let ready = try connection.request("GET", "/readyz")
        #expect(ready.status == 503)
        #expect(ready.body.contains("[-]leader failed: \(reason); "))
        #expect(ready.body.contains(advice))
        #expect(ready.body.contains("[-]caught_up failed: without a leader it is not known what is committed\n"))
        let stats = try connection.request("GET", "/raft/stats")
        #expect(stats.status == 200)
        #expect(stats.body.contains(#""no_leader":"\#(reason)""#))
    }

    @Test("A request whose time is over says that there is no leader", arguments: 0..<3)
    func timeouts(_ place: Int) throws {
        let (status, reason, _) = Self.reasons[place]
        let node = node(status)
        node.replica.onBurst = { _ in }
        let connection = try node.connect()
        try connection.send(
            Connection.text("PUT", "/v1/kv/a?timeout=1s", body: "x") + Connection.text("GET", "/v1/kv/a?timeout=1s"))
        node.advance(.seconds(2))

        let answers = try Answer.all(try connection.received())

        #expect(answers.map(\.status) == [504, 504])
        #expect(answers.allSatisfy { $0.body.contains("there is no leader now: \(reason)") })
    }

    @Test("A stale read of a node that belongs to no cluster does not say that a key is absent")
    func staleOutsideCluster() throws {
        let node = node(Self.reasons[0].status)
        node.board.publish(staleReads: .notReady)
        let waiting = try node.connect()
        for path in ["/store/a", "/v1/kv/a?stale", "/store/a?level=none"] {
            let answer = try waiting.request("GET", path)
            #expect(answer.status == 503)
            #expect(answer.body.hasPrefix(#"{"error":"this node has no data: not a member of a cluster yet; "#))
            #expect(answer.body.contains(#""code":"not_ready""#))
        }

        let minority = try self.node(Self.reasons[1].status).connect()
        #expect(try minority.request("GET", "/v1/kv/a?stale").status == 404)
    }

    @Test("A follower that has a leader and is behind says how far")
    func behind() throws {
        var status = EmbeddedNode.status
        status.isCaughtUp = false
        status.knownCommitIndex = LogIndex(9)
        let node = EmbeddedNode()
        node.board.update { $0 = status }
        node.board.publish(appliedIndex: LogIndex(2), revision: 0)
        let connection = try node.connect()
        let text = try connection.request("GET", "/readyz").body
        #expect(text.contains("[+]leader ok\n[-]caught_up failed: 7 committed entries are not applied here yet\n"))

        node.board.publish(appliedIndex: LogIndex(9), revision: 0)

        #expect(
            try connection.request("GET", "/readyz").body.contains(
                "[-]caught_up failed: the leader has not said yet what is committed\n"))
    }

    @Test("Joins and removals say it as well, unless part of them was done", arguments: 0..<3)
    func membership(_ place: Int) async throws {
        let (status, reason, _) = Self.reasons[place]
        try await RunningServer.withServer { server in
            server.board.update { $0 = status }
            let client = try await server.connect()
            for (path, body) in [
                ("/raft/join", #"{"node_id":"b","raft_address":"h:1"}"#), ("/raft/remove", #"{"node_id":"b"}"#),
            ] {
                server.control.willAnswer(ControlAnswer(code: .noLeader, message: "nobody is there"))
                let answer = try await client.exchange(Connection.text("POST", path, body: body))
                #expect(answer.status == 422)
                #expect(answer.body.hasPrefix(#"{"error":"not the leader, and there is none: \#(reason); "#))

                server.control.willAnswer(
                    ControlAnswer(code: .noLeader, message: "leadership was lost", applied: .partly))
                let partly = try await client.exchange(Connection.text("POST", path, body: body))
                #expect(partly.body.hasPrefix(#"{"error":"leadership was lost; part of the change was made"#))
                #expect(partly.body.contains(#""applied":"partly""#))
            }
        }
    }
}
