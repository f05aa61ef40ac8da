import HotPath
import NIOCore
import RaftCore
import Testing

@testable import PeerTransport

/// Of a name only the directory counts that the configuration names: another one remembers other votes and entries.
@Suite("Instances of one name", .timeLimit(.minutes(10)))
struct InstanceTests {
    private static let known = InstanceID(high: 1, low: 1)
    private static let other = InstanceID(high: 2, low: 2)

    private static func member(_ instance: InstanceID, since: UInt64) -> Member {
        // Nobody listens there.
        Member(id: "a", role: .voter, raftAddress: "", since: LogIndex(since), instance: instance)
    }

    @Test(
        "An instance that is not the member, and became none later than it, is refused with words",
        arguments: [(nil, 0), (other, 0), (other, 20)] as [(InstanceID?, UInt64)])
    func refused(instance: InstanceID?, since: UInt64) async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            try await node.setMembers([Self.member(Self.known, since: 20)])
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(RawPeer.hello(from: "a", instance: instance, memberSince: LogIndex(since)))

            let goodbye = try await peer.goodbye()
            #expect(goodbye?.reason == .otherInstance)
            #expect(goodbye?.message.contains("another directory") == true)
            #expect(try await node.heard().contains(.linkOpened("a")) == false)
        }
    }

    @Test("The member itself is linked, and its votes and acknowledgements arrive")
    func member() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            try await node.setMembers([Self.member(Self.known, since: 20)])
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(RawPeer.hello(from: "a", instance: Self.known))
            try await peer.send(Self.vote(sequence: 1) + RawPeer.message(7, sequence: 2))
            try await node.wait(for: .message(7, from: "a"))

            #expect(try await node.run { _, recorder in recorder.count(of: .otherMessage(from: "a")) } == 1)
        }
    }

    @Test("To a node that lags behind the members a later instance may speak, and its votes do not count")
    func later() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            try await node.setMembers([Self.member(Self.known, since: 20)])
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(RawPeer.hello(from: "a", instance: Self.other, memberSince: LogIndex(21)))
            try await peer.send(Self.vote(sequence: 1) + RawPeer.message(7, sequence: 2))
            try await node.wait(for: .message(7, from: "a"))
            #expect(try await node.run { _, recorder in recorder.count(of: .otherMessage(from: "a")) } == 0)

            try await node.setMembers([Self.member(Self.other, since: 21)])
            try await peer.send(Self.vote(sequence: 3) + RawPeer.message(8, sequence: 4))
            try await node.wait(for: .message(8, from: "a"))
            #expect(try await node.run { _, recorder in recorder.count(of: .otherMessage(from: "a")) } == 1)
        }
    }

    @Test("A link ends when another instance takes its place among the members")
    func replaced() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            try await node.setMembers([Self.member(Self.known, since: 20)])
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())
            try await peer.send(RawPeer.hello(from: "a", instance: Self.known, memberSince: LogIndex(20)))
            try await node.wait(for: .linkOpened("a"))

            try await node.setMembers([Self.member(Self.other, since: 30)])

            #expect(try await peer.goodbye()?.reason == .otherInstance)
            #expect(try await node.run { transport, _ in transport.isLinked(to: "a") } == false)
        }
    }

    private static func vote(sequence: UInt64) -> [UInt8] {
        let response = RequestVoteResponse(isPreVote: false, requestTerm: Term(1), voteGranted: true)
        let message = Message(from: "a", to: "b", term: Term(1), body: .requestVoteResponse(response))
        return CodecTests.encode(.raft(message, entries: []), sequence: sequence)
    }
}
