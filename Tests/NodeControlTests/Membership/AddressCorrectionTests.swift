import Bytes
import ClusterControl
import RaftCore
import Testing

@testable import NodeControl

@Suite("The address that a node announces")
struct AddressCorrectionTests {
    private func addresses(
        raft: String? = nil, port: Int = 1111, raftAdvertise: String? = nil, http: String? = nil,
        httpAdvertise: String? = nil
    ) throws -> AnnouncedAddresses {
        AnnouncedAddresses(
            raftHost: raft, raftPort: port, raftAdvertise: try raftAdvertise.map { try HostAndPort(parsing: $0) },
            httpHost: http, httpPort: 2221, httpAdvertise: try httpAdvertise.map { try HostAndPort(parsing: $0) })
    }

    @Test("A set address wins, then a concrete listen address; all interfaces announce nothing")
    func announced() throws {
        let set = try addresses(raft: "127.0.0.2", raftAdvertise: "node1:9", httpAdvertise: "n:8")
        #expect(set.raft(boundPort: 1)?.description == "node1:9")
        #expect(set.http(boundPort: nil)?.description == "n:8")

        let concrete = try addresses(raft: "127.0.0.2", port: 0, http: "::1")
        #expect(concrete.raft(boundPort: nil) == nil, "the system has not chosen the port yet")
        #expect(concrete.raft(boundPort: 77)?.description == "127.0.0.2:77")
        #expect(concrete.http(boundPort: nil)?.description == "[::1]:2221")

        for host in ["0.0.0.0", "::", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0"] {
            let all = try addresses(raft: host, http: host)
            #expect(all.raft(boundPort: 1111) == nil && all.http(boundPort: 2221) == nil, "\(host)")
        }
        let all = try addresses()
        #expect(all.raft(boundPort: 1111) == nil && all.http(boundPort: 2221) == nil)
    }

    private func correction(
        announcing raft: String?, isSet: Bool = true, http: String? = nil, of member: Member
    ) throws -> String? {
        let announced = AddressCorrection.Announced(
            raft: try raft.map { try HostAndPort(parsing: $0) }, isRaftSet: isSet,
            http: try http.map { try HostAndPort(parsing: $0) }, isHTTPSet: isSet)
        guard let request = announced.correction(of: member) else { return nil }
        #expect(request.isUpdate && !request.asLearner && request.nodeID == member.id.name)
        return "\(request.raftAddress) \(request.httpAddress ?? "-")"
    }

    @Test("What the members know otherwise is corrected, in one request")
    func corrections() throws {
        let member = Member(id: "n", role: .voter, raftAddress: "10.0.0.1:1", httpAddress: "10.0.0.1:2")

        #expect(try correction(announcing: nil, of: member) == nil)
        #expect(try correction(announcing: "10.0.0.1:1", http: "[::ffff:10.0.0.1]:2", of: member) == nil)
        #expect(try correction(announcing: "10.0.0.1:3", of: member) == "10.0.0.1:3 10.0.0.1:2")
        #expect(try correction(announcing: "b:1", http: "b:2", of: member) == "b:1 b:2")
        #expect(try correction(announcing: nil, http: "b:2", of: member) == "10.0.0.1:1 b:2")
        #expect(try correction(announcing: "b:1", of: Member(id: "n", role: .learner)) == "b:1 -")
        #expect(try correction(announcing: nil, http: "b:2", of: Member(id: "n", role: .learner)) == nil)
    }

    @Test("A listen address replaces another address, but not a name, which may lead to it")
    func listenAddress() throws {
        let byAddress = Member(id: "n", role: .voter, raftAddress: "127.0.0.2:1")
        let byName = Member(id: "n", role: .voter, raftAddress: "node1:1")

        #expect(try correction(announcing: "127.0.0.5:1", isSet: false, of: byAddress) == "127.0.0.5:1 -")
        #expect(try correction(announcing: "127.0.0.5:1", isSet: false, of: byName) == nil)
        #expect(try correction(announcing: "127.0.0.5:1", isSet: true, of: byName) == "127.0.0.5:1 -")
    }

    @Test("A member that has linked itself from another port is looked for there, on the host that is known")
    func moved() {
        func move(_ known: String, seenAt host: String?, _ port: Int) -> String? {
            let member = Member(id: "n", role: .voter, raftAddress: known, httpAddress: "h:2")
            guard let move = MovedMembers.Move(of: member, seenAt: host, port: port) else { return nil }
            return move.address ?? "nowhere else"
        }

        #expect(move("10.0.0.1:1", seenAt: "10.0.0.1", 1) == nil)
        #expect(move("localhost:1", seenAt: "127.0.0.1", 1) == nil)
        #expect(move("node1:1", seenAt: "10.0.0.2", 1) == nil, "a name leads elsewhere as time passes")
        #expect(move("", seenAt: "10.0.0.2", 1) == nil)
        #expect(move("10.0.0.1:1", seenAt: "10.0.0.1", 3) == "10.0.0.1:3")
        #expect(move("10.0.0.1:1", seenAt: "192.168.0.7", 3) == "10.0.0.1:3")
        #expect(move("node1:1", seenAt: "10.0.0.2", 3) == "node1:3")
        #expect(move("[::1]:1", seenAt: nil, 3) == "[::1]:3")
        #expect(move("10.0.0.1:1", seenAt: nil, 1) == nil)
        #expect(move("10.0.0.1:1", seenAt: "10.0.0.2", 1) == "nowhere else", "another host is a warning")
    }

    @Test("A correction of the port keeps the HTTP address, and asks for nothing else")
    func correctionOfPort() throws {
        let member = Member(id: "n", role: .learner, raftAddress: "a:1", httpAddress: "h:2")
        let move = try #require(MovedMembers.Move(of: member, seenAt: "10.0.0.1", port: 3))
        var expected = JoinRequest(nodeID: "n", raftAddress: "a:3")
        expected.httpAddress = "h:2"
        expected.isUpdate = true

        #expect(move.request(to: "a:3") == expected)
    }
}
