import HotPath
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("A node in a cluster whose data differ")
struct DataDifferTests {
    private let node = EmbeddedNode()
    private let verdict = Verdict(
        comparedAt: LogIndex(31), range: .all, isDecided: true,
        suspects: [Verdict.Suspect(id: "node7", instance: nil)])

    init() { node.answersAtOnce() }

    @Test("refuses everything if its own data are wrong, and says what to do")
    func suspect() throws {
        let connection = try node.connect()
        node.board.publish(staleReads: .dataDiffer)
        node.board.update {
            $0.alarms = [verdict]
            $0.condemning = verdict
        }
        node.replica.onBurst = { [node] burst in
            node.sink.post(burst.map { Completion(tag: $0.tag, outcome: .failed(.dataDiffer)) })
        }

        for target in ["/v1/kv/a?stale", "/v1/kv/a", "/store/a"] {
            let answer = try connection.request("GET", target)
            #expect(answer.status == 503, "\(target)")
            #expect(answer.body.contains("held other data after entry 31"), "\(target)")
            #expect(answer.body.contains("POST /raft/remove"), "\(target)")
        }
        let write = try connection.request("PUT", "/v1/kv/a", body: "x")
        #expect(write.status == 503)
        #expect(write.body.contains(#""code":"data_differ","applied":"no""#))
        let probe = try connection.request("GET", "/readyz")
        #expect(probe.status == 503)
        #expect(probe.body.contains("[-]serving failed: data_differ"))
        #expect(probe.body.contains("[-]data failed: data_differ: this node held other data after entry 31"))
    }

    @Test("fails its check if it cannot read a part of its own data, and says which")
    func unreadable() throws {
        let connection = try node.connect()
        node.board.update { $0.unreadable = StoreFailure(operation: "read", message: "Corruption: block checksum") }

        let probe = try connection.request("GET", "/readyz")
        #expect(probe.status == 503)
        #expect(probe.body.contains("[-]data failed: data_unreadable: a part of the key-value data of this node"))
        let stats = try connection.request("GET", "/raft/stats").body
        #expect(stats.contains(#""data_unreadable":"read: Corruption: block checksum""#))
    }

    @Test("stays ready if another one's are, and lists the alarm")
    func witness() throws {
        let connection = try node.connect()
        node.board.update { $0.alarms = [verdict] }

        #expect(try connection.request("GET", "/readyz").status == 200)
        let probe = try connection.request("GET", "/readyz?verbose")
        #expect(probe.body.contains("[+]data alarm: node7 held other data after entry 31"))
        #expect(try connection.request("GET", "/raft/stats").body.contains(#""data_differ":"node7 (odd at 31)""#))
    }

    @Test("says so as well if nobody knows whose data are right")
    func undecided() throws {
        let connection = try node.connect()
        var verdict = verdict
        verdict.isDecided = false
        verdict.suspects.append(Verdict.Suspect(id: "node8", instance: nil))
        node.board.update { $0.alarms = [verdict] }

        let probe = try connection.request("GET", "/readyz?verbose")

        #expect(probe.status == 200)
        #expect(probe.body.contains("[+]data alarm: the data of node7, node8 differed after entry 31"))
        let stats = try connection.request("GET", "/raft/stats")
        #expect(stats.body.contains(#""data_differ":"node7,node8 (undecided at 31)""#))
    }
}
