import Testing

@testable import LoadGenerator

@Suite("Answers mean what their target says")
struct AnswerReaderTests {
    private func response(_ status: Int, _ body: String, fields: String = "") throws -> ResponseParser {
        var parser = ResponseParser()
        let text = "HTTP/1.1 \(status) X\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let step = try Array(text.utf8).withUnsafeBytes { try parser.parse($0, keepsBody: true) }
        try #require(step.isComplete)
        return parser
    }

    private func judge(_ target: LoadTarget, _ request: WireRequest, _ status: Int, _ body: String) throws -> Verdict {
        AnswerReader(target: target).judge(request, try response(status, body))
    }

    private let success = Verdict.succeeded(items: 1, missed: false)
    private let miss = Verdict.succeeded(items: 1, missed: true)

    @Test("Skiff: present and absent keys")
    func skiff() throws {
        #expect(try judge(.skiff, .put, 200, #"{"key":"k","revision":7}"#) == success)
        #expect(try judge(.skiff, .get, 200, "value") == success)
        #expect(try judge(.skiff, .get, 404, #"{"error":"x","code":"key_not_found","applied":"no"}"#) == miss)
        #expect(try judge(.skiff, .delete, 200, #"{"deleted":0,"revision":7}"#) == miss)
        #expect(try judge(.skiff, .delete, 200, #"{"deleted":1,"revision":7}"#) == success)
        #expect(try judge(.skiff, .conditionalPut, 412, #"{"code":"precondition_failed"}"#) == miss)
    }

    @Test("Skiff: an unknown route is no absent key, and a put is not found only if the server is another")
    func skiffRoutes() throws {
        let body = #"{"error":"x","code":"route_not_found","applied":"no"}"#

        #expect(try judge(.skiff, .get, 404, body) == .failed(.status(404, "route_not_found"), mayHaveApplied: false))
        #expect(try judge(.skiff, .put, 404, "") == .failed(.status(404, ""), mayHaveApplied: false))
    }

    @Test("Skiff: only its own code says that a key was absent, not the 404 of something else")
    func strangersNotFound() throws {
        let failure = Verdict.failed(.status(404, ""), mayHaveApplied: false)

        #expect(try judge(.skiff, .delete, 404, #"{"code":"key_not_found","applied":"no"}"#) == miss)
        for body in ["", "<html>not found</html>"] {
            #expect(try judge(.skiff, .delete, 404, body) == failure)
            #expect(try judge(.skiff, .get, 404, body) == failure)
        }
    }

    @Test("Skiff: a batch counts its operations, and one that applied partly failed")
    func skiffBatch() throws {
        let batch = WireRequest.batch(items: 3)
        let partly = Verdict.failed(.status(200, "batch partly failed"), mayHaveApplied: true)

        #expect(
            try judge(.skiff, batch, 200, #"{"applied":3,"failed":[],"revision":9}"#)
                == .succeeded(items: 3, missed: false))
        #expect(
            try judge(.skiff, batch, 200, #"{"applied":2,"failed":[{"index":1,"code":"x"}],"revision":9}"#) == partly)
        #expect(try judge(.skiff, batch, 200, #"{"applied":2,"failed":[],"revision":9}"#) == partly)
        #expect(
            try judge(.skiff, batch, 200, "ok")
                == .failed(.badAnswer("no count of applied operations"), mayHaveApplied: true))
    }

    @Test("Skiff: failures are named by their code, and say whether they took effect")
    func skiffFailures() throws {
        func failure(_ status: Int, _ code: String, _ applied: String) throws -> Verdict {
            try judge(.skiff, .put, status, #"{"error":"text","code":"\#(code)","applied":"\#(applied)"}"#)
        }

        #expect(try failure(429, "overloaded", "no") == .failed(.status(429, "overloaded"), mayHaveApplied: false))
        #expect(try failure(503, "no_leader", "no") == .failed(.status(503, "no_leader"), mayHaveApplied: false))
        #expect(
            try failure(504, "timeout", "unknown") == .failed(.status(504, "outcome unknown"), mayHaveApplied: true))
        let unknown = Verdict.failed(.status(500, "internal, outcome unknown"), mayHaveApplied: true)
        #expect(try failure(500, "internal", "unknown") == unknown)
        #expect(FailureReason.status(504, "outcome unknown").text == "504 outcome unknown")
        #expect(try failure(504, "timeout", "partly") == .failed(.status(504, "timeout"), mayHaveApplied: true))
        #expect(try judge(.skiff, .put, 502, "<html>") == .failed(.status(502, ""), mayHaveApplied: true))
        #expect(FailureReason.status(429, "overloaded").text == "429 overloaded")
        #expect(FailureReason.status(502, "").text == "502")
    }

    @Test("raft-sample: an absent key is a 422 with its own text, an apply that was cut off may have happened")
    func raftSample() throws {
        let absent = #"{"error":"error getting key absent from storage: Key not found"}"#

        #expect(try judge(.raftSample, .put, 200, "{}") == success)
        #expect(try judge(.raftSample, .get, 422, absent) == miss)
        #expect(
            try judge(.raftSample, .put, 422, #"{"error":"not the leader"}"#)
                == .failed(.status(422, "not the leader"), mayHaveApplied: false))
        #expect(
            try judge(.raftSample, .put, 422, #"{"error":"leadership lost while committing log"}"#)
                == .failed(.status(422, "leadership lost while committing log"), mayHaveApplied: true))
    }

    @Test("etcd: members that are false, zero or empty are left out of its answers")
    func etcd() throws {
        let header = #"{"header":{"revision":"9"}"#

        #expect(try judge(.etcd, .put, 200, header + "}") == success)
        #expect(try judge(.etcd, .get, 200, header + "}") == miss)
        #expect(
            try judge(.etcd, .get, 200, header + #","kvs":[{"key":"aw==","mod_revision":"4"}],"count":"1"}"#) == success
        )
        #expect(try judge(.etcd, .delete, 200, header + "}") == miss)
        #expect(try judge(.etcd, .delete, 200, header + #","deleted":"1"}"#) == success)
        #expect(try judge(.etcd, .conditionalPut, 200, header + "}") == miss)
        #expect(try judge(.etcd, .conditionalPut, 200, header + #","succeeded":true}"#) == success)
        #expect(
            try judge(.etcd, .put, 503, #"{"error":"etcdserver: no leader","code":14,"message":"m"}"#)
                == .failed(.status(503, "etcdserver: no leader"), mayHaveApplied: true))
    }

    @Test("The revision of a key, and 0 for an absent one")
    func revisions() throws {
        let skiff = AnswerReader(target: .skiff)
        let etcd = AnswerReader(target: .etcd)
        let kvs = #"{"header":{"revision":"9"},"kvs":[{"mod_revision":"4","value":"eA=="}]}"#

        #expect(skiff.revision(try response(200, "v", fields: "X-Skiff-Revision: 12\r\n")) == 12)
        #expect(skiff.revision(try response(404, "")) == 0)
        #expect(skiff.revision(try response(200, "v")) == nil)
        #expect(etcd.revision(try response(200, kvs)) == 4)
        #expect(etcd.revision(try response(200, #"{"header":{"revision":"9"}}"#)) == 0)
    }

    @Test("The value in the answer to a read")
    func values() {
        let sample = #"{"data":{"key":"k","value":"a-b"},"message":"success fetching data"}"#

        #expect(AnswerReader(target: .skiff).value(Array("raw".utf8)) == Array("raw".utf8))
        #expect(AnswerReader(target: .raftSample).value(Array(sample.utf8)) == Array("a-b".utf8))
        #expect(AnswerReader(target: .raftSample).value(Array(#"{"data":{"value":{"a":1}}}"#.utf8)) == [])
        #expect(AnswerReader(target: .etcd).value(Array(#"{"kvs":[{"value":"Zm9v"}]}"#.utf8)) == Array("foo".utf8))
        #expect(AnswerReader(target: .etcd).value(Array(#"{"kvs":[{"key":"a"}]}"#.utf8)) == [])
    }

    @Test("Reading a leader out of the answer to a probe")
    func leaders() throws {
        let leader = #"{"data":{"state":"Leader","term":"7","leader_id":"n1"}}"#
        let follower = #"{"data":{"state":"Follower","term":"7"}}"#
        let etcd =
            #"{"header":{"cluster_id":"1","member_id":"5","revision":"1","raft_term":"2"},"leader":"5","raftTerm":"2"}"#
        let other = #"{"header":{"member_id":"6"},"leader":"5"}"#

        #expect(EndpointProbe.read(try response(200, leader), target: .skiff) == .leader(term: 7))
        #expect(EndpointProbe.read(try response(200, follower), target: .raftSample) == .follower)
        #expect(EndpointProbe.read(try response(200, etcd), target: .etcd) == .leader(term: 2))
        #expect(EndpointProbe.read(try response(200, other), target: .etcd) == .follower)
        #expect(
            EndpointProbe.leader(among: [.follower, .leader(term: 2), .leader(term: 3), .unreachable(.refused)]) == 2)
        #expect(EndpointProbe.leader(among: [.follower]) == nil)
    }
}
