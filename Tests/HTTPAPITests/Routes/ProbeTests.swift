import HotPath
import NIOCore
import NIOEmbedded
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("Questions about the node")
struct ProbeTests {
    private let node = EmbeddedNode()

    @Test("Probes say what is missing")
    func probes() throws {
        let connection = try node.connect()
        #expect(try connection.request("GET", "/livez").body == "ok\n")
        #expect(try connection.request("GET", "/readyz").body == "ok\n")
        #expect(
            try connection.request("GET", "/readyz?verbose").body
                == "[+]storage ok\n[+]leader ok\n[+]caught_up ok\n[+]serving ok\n[+]data ok\nreadyz check passed\n")
        #expect(try connection.request("GET", "/health").body.hasPrefix(#"{"status":"ok","checks":{"storage":true"#))

        node.board.update { $0.leaderID = nil }

        let answer = try connection.request("GET", "/readyz")
        #expect(answer.status == 503)
        #expect(answer.body.contains("[-]leader failed: "))
        #expect(try connection.request("GET", "/readyz?exclude=leader").status == 200)
        #expect(try connection.request("GET", "/livez").status == 200)
        #expect(try connection.request("GET", "/health").status == 503)
        try connection.send(Connection.text("HEAD", "/readyz"))
        #expect(try Answer(try connection.received(), isHead: true).status == 503)
    }

    @Test(
        "A check that is left out has to be one that there is",
        arguments: ["exclude=leder", "exclude=", "exclude", "exclude=Leader", "verbose&exclude=storage,leader"])
    func unknownCheck(_ query: String) throws {
        let answer = try node.connect().request("GET", "/readyz?\(query)")

        #expect(answer.status == 400)
        #expect(answer.body.contains("one of the checks storage, leader, caught_up, serving, data, not '"))
        for name in Readiness.Name.allCases {
            #expect(try node.connect().request("GET", "/readyz?exclude=\(name.rawValue)").status == 200)
        }
    }

    @Test("A node that lost what it had acknowledged is not ready, and says why")
    func lostData() throws {
        let connection = try node.connect()
        node.board.update {
            $0.lostData = LostData(acknowledged: LogID(index: LogIndex(407), term: Term(2)), term: Term(2))
            $0.missesData = true
        }
        let answer = try connection.request("GET", "/readyz")
        #expect(answer.status == 503)
        #expect(answer.body.contains("[-]storage failed: lost_data: this node had acknowledged entries through 407"))

        node.board.update { $0.missesData = false }
        #expect(try connection.request("GET", "/readyz").status == 200)
    }

    @Test("A node whose leader sends what it does not know is not ready, and says why")
    func unknownEntry() throws {
        let connection = try node.connect()
        node.board.update {
            $0.isCaughtUp = false
            $0.unknownEntry = UnknownEntry(index: LogIndex(31), featureLevel: 2)
        }
        let answer = try connection.request("GET", "/readyz")

        #expect(answer.status == 503)
        #expect(
            answer.body.contains("[-]caught_up failed: entry 31 needs feature level 2, which this release does not"))
        #expect(answer.body.contains("start the release that the others run"))
    }

    @Test("Version and the list of routes are JSON")
    func about() throws {
        let node = EmbeddedNode { $0.version = "1.2\"3" }
        let connection = try node.connect()
        #expect(try connection.request("GET", "/version").body == #"{"name":"skiff","version":"1.2\"3"}"# + "\n")
        #expect(try connection.request("GET", "/").body.contains(#""PUT /v1/kv/{key}""#))
    }

    @Test("What answers say about the node follows the status board")
    func nodeFields() throws {
        let connection = try node.connect()
        node.answersAtOnce()
        node.board.update {
            $0.term = Term(9)
            $0.leaderID = nil
        }
        node.advance(.milliseconds(100))
        let answer = try connection.request("PUT", "/v1/kv/a", body: "x")
        #expect(answer["X-Skiff-Term"] == "9")
        #expect(answer["X-Skiff-Leader"] == nil)
    }
}
