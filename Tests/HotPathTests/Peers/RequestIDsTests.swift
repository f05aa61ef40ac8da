import Testing

@testable import HotPath

@Suite("Ids of requests")
struct RequestIDsTests {
    @Test("No id comes twice, and each leaves room for an offset", arguments: [0, 1, .max] as [UInt64])
    func ids(random: UInt64) {
        var ids = RequestIDs(random: random)
        var seen: Set<UInt64> = []

        for _ in 0..<1_000 {
            let id = ids.makeID()
            #expect(seen.insert(id).inserted)
            #expect(ForwardTag.decode(ForwardTag.encode(id: id, offset: 1)).id == id)
        }
    }

    @Test("Two processes of one node count from different places")
    func start() {
        var first = RequestIDs(random: 0x1234_5678_0000_0000)
        var second = RequestIDs(random: 0x9234_5678_0000_0000)

        #expect(first.makeID() != second.makeID())
    }
}
