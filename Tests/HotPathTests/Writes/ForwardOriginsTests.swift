import RaftCore
import Testing

@testable import HotPath

@Suite("Senders of forwarded writes")
struct ForwardOriginsTests {
    private var origins = ForwardOrigins()

    @Test("A tag leads back to the sender, its message and the command")
    mutating func tags() {
        let tags = origins.makeTags(forMessage: 5, count: 3, from: "a")
        let others = origins.makeTags(forMessage: 5, count: 1, from: "b")

        #expect(tags.allSatisfy { $0.sink == RequestTag.forwardSink })
        #expect(tags.map { ForwardTag.decode($0.request).id } == [5, 5, 5])
        #expect(tags.map { ForwardTag.decode($0.request).offset } == [0, 1, 2])
        #expect(tags.map { origins.peer(of: $0) } == ["a", "a", "a"])
        #expect(origins.peer(of: others[0]) == "b")
    }

    @Test("One link has one number")
    mutating func oneNumber() {
        let first = origins.makeTags(forMessage: 5, count: 1, from: "a")
        let second = origins.makeTags(forMessage: 6, count: 1, from: "a")

        #expect(first[0].connection == second[0].connection)
    }

    @Test("An answer for an earlier link goes to nobody, not to a later process of the same node")
    mutating func link() {
        let early = origins.makeTags(forMessage: 5, count: 1, from: "a")[0]

        origins.endLink(to: "a")
        let late = origins.makeTags(forMessage: 5, count: 1, from: "a")[0]

        #expect(origins.peer(of: early) == nil)
        #expect(origins.peer(of: late) == "a")
    }

    @Test("The largest id and the last command of a message fit a tag")
    func encoding() {
        let id = UInt64.max >> 16
        let offset = ReplicaLimits.forwardCommandsMax - 1

        let decoded = ForwardTag.decode(ForwardTag.encode(id: id, offset: offset))

        #expect(decoded.id == id)
        #expect(decoded.offset == offset)
    }
}
