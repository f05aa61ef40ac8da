import Bytes
import ClusterControl
import Testing

@testable import NodeControl

@Suite("Refusals before a leader is looked for")
struct ControlRequestChecksTests {
    private func failure(_ request: ControlRequest) -> ControlFailure? {
        do throws(ControlFailure) {
            _ = try request.checked()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "An address to which no other node can connect is refused with its field and the reason, escaped once",
        arguments: [
            "0.0.0.0:1111", "[::]:1", "[0:0:0:0:0:0:0:0]:1", "0:1", "0.0:1", "node1:0", "node1", ":1111", "nöde:1111",
            "http://node1:1111", "node1:1111/x", " node1:1111", "node1:1111\r\n", "\"a\\b\":1", "",
        ])
    func addresses(text: String) throws {
        var join = JoinRequest(nodeID: "n", raftAddress: text)
        let raft = try #require(failure(.join(join)))
        #expect(raft.code == .invalidArgument && raft.applied == .no)
        #expect(raft.message.hasPrefix("raft_address \"\(text.escapedForLog(charactersMax: 256))\" "))

        // A URL is an HTTP address.
        guard text != "http://node1:1111" else { return }
        join.raftAddress = "node1:1111"
        join.httpAddress = text
        #expect(try #require(failure(.join(join))).message.hasPrefix("http_address \""))
    }

    @Test("Addresses take the form that all nodes keep")
    func form() throws {
        var join = JoinRequest(nodeID: "n", raftAddress: "Node1:01111")
        join.httpAddress = "http://[::1]:2221/"

        guard case .join(let checked) = try ControlRequest.join(join).checked() else {
            Issue.record("a join became something else")
            return
        }

        #expect(checked.raftAddress == "Node1:1111")
        #expect(checked.httpAddress == "[::1]:2221")
    }

    @Test(
        "A name has 1 to 255 bytes and nothing invisible",
        arguments: ["", String(repeating: "n", count: 256), "a\nb", "a\r\nX: y", "a\u{0}", "a\u{200B}b", "a\u{2028}b"])
    func names(name: String) {
        #expect(failure(.join(JoinRequest(nodeID: name, raftAddress: "a:1")))?.code == .invalidArgument)
        #expect(failure(.remove(RemoveRequest(nodeID: name)))?.code == .invalidArgument)
    }

    @Test(
        "Names of raft-sample's users stay possible",
        arguments: ["node 1", "größe", String(repeating: "n", count: 255)])
    func possible(name: String) {
        #expect(failure(.join(JoinRequest(nodeID: name, raftAddress: "a:1"))) == nil)
    }
}
