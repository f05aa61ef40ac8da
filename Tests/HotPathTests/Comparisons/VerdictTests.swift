import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import HotPath

@Suite("A verdict")
struct VerdictTests {
    private static let first = InstanceID(high: 1, low: 2)
    private static let second = InstanceID(high: 3, low: 4)

    private func member(_ id: NodeID, _ instance: InstanceID? = first, since: UInt64 = 0) -> Member {
        Member(id: id, role: .voter, since: LogIndex(since), instance: instance)
    }

    private func verdict(_ ids: NodeID..., isDecided: Bool = true, at index: UInt64 = 9) -> Verdict {
        Verdict(
            comparedAt: LogIndex(index), range: KeyRange(start: [1, 0x61], end: [1, 0x62]), isDecided: isDecided,
            suspects: ids.map { Verdict.Suspect(id: $0, instance: Self.first) })
    }

    private func configuration(_ members: Member...) -> Configuration { Configuration(members: members) }

    @Test("is encoded as its golden bytes say, and read back")
    func golden() throws {
        let verdict = verdict("b")
        let bytes: [UInt8] =
            [1, 9, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 2, 0, 1, 0x61, 1, 0x62, 1]
            + [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x62]

        #expect(Array(verdict.payload.readableBytesView) == bytes)
        #expect(try Verdict(payload: verdict.payload) == verdict)
        for size in bytes.indices {
            #expect(throws: CodecError.self) { try Verdict(payload: ByteBuffer(bytes: bytes[..<size])) }
        }
        #expect(throws: CodecError.self) { try Verdict(payload: ByteBuffer(bytes: bytes + [0])) }
    }

    @Test("holds while those whom it names are members with the same directory, also if that has left and come back")
    func membership() {
        let verdict = verdict("b")

        #expect(verdict.remaining(in: configuration(member("a"), member("b"))) == verdict)
        #expect(verdict.remaining(in: configuration(member("a"))) == nil)
        #expect(verdict.remaining(in: configuration(member("a"), member("b", Self.second))) == nil)
        #expect(verdict.remaining(in: configuration(member("a"), member("b", since: 10))) == verdict)
        // Without an instance nobody knows whether it is the same directory.
        var unnamed = verdict
        unnamed.suspects[0].instance = nil
        #expect(unnamed.remaining(in: configuration(member("a"), member("b", nil))) == unnamed)
        #expect(unnamed.remaining(in: configuration(member("a"), member("b", nil, since: 10))) == nil)
    }

    @Test("is kept after the removal of those whom it names, until another directory has their name")
    func removal() {
        var known = [verdict("b", "c"), verdict("a", "d", isDecided: false)]
        known.prune(for: configuration(member("a")))
        #expect(known == [verdict("b", "c")])

        known.prune(for: configuration(member("a"), member("b"), member("c", Self.second)))
        #expect(known == [verdict("b")])
        #expect(known[0].condemns("b", Self.first, in: configuration(member("a"), member("b", since: 20))))

        known.prune(for: configuration(member("a"), member("b", Self.second)))
        #expect(known == [])
    }

    @Test("Of verdicts on former members the oldest go when there are many; those on members stay")
    func many() {
        var known = (0..<100).map { verdict(NodeID("n\($0)"), at: UInt64($0)) }

        known.prune(for: configuration(member("a"), member("n3")))

        #expect(known.count == Verdict.keptMax + 1)
        #expect(known[0] == verdict("n3", at: 3) && known[1].suspects[0].id == NodeID("n36"))
    }

    @Test("that names nobody ends when the first of those compared has left")
    func undecided() {
        let verdict = verdict("a", "b", isDecided: false)

        #expect(verdict.remaining(in: configuration(member("a"), member("b"), member("c"))) == verdict)
        #expect(verdict.remaining(in: configuration(member("a"), member("c"))) == nil)
        #expect(!verdict.condemns("a", Self.first, in: configuration(member("a"), member("b"))))
    }

    @Test("condemns a directory also after its removal, until another one has its name")
    func condemnation() {
        let verdict = verdict("b")

        #expect(verdict.condemns("b", Self.first, in: configuration(member("a"), member("b"))))
        #expect(verdict.condemns("b", Self.first, in: configuration(member("a"))))
        #expect(!verdict.condemns("b", Self.second, in: configuration(member("a"))))
        #expect(verdict.condemns("b", Self.first, in: configuration(member("a"), member("b", since: 10))))
        #expect(!verdict.condemns("b", Self.first, in: configuration(member("a"), member("b", Self.second))))
        #expect(!verdict.condemns("a", Self.first, in: configuration(member("a"), member("b"))))
    }

    @Test("is taken in once, and ends the doubt about those whom it names")
    func accumulation() {
        var known: [Verdict] = []
        known.add(verdict("b", "c", isDecided: false, at: 3))
        known.add(verdict("b", "c", isDecided: false, at: 4))
        #expect(known == [verdict("b", "c", isDecided: false, at: 3)])

        known.add(verdict("c", at: 5))
        known.add(verdict("c", at: 6))
        #expect(known == [verdict("c", at: 5)])

        known.add(verdict("b", "c", at: 7))
        #expect(known == [verdict("c", at: 5), verdict("b", at: 7)])

        known.prune(for: configuration(member("a"), member("b"), member("c", Self.second)))
        #expect(known == [verdict("b", at: 7)])
    }

    @Test("The range of a comparison is encoded as its golden bytes say, and read back")
    func range() throws {
        let range = KeyRange(start: [1, 0x61])

        #expect(Array(range.payload.readableBytesView) == [1, 2, 0, 0, 0, 1, 0x61])
        #expect(try KeyRange(payload: range.payload) == range)
        #expect(try KeyRange(payload: KeyRange.all.payload) == .all)
        for bytes in [[], [2, 0, 0, 0, 0], [1, 1, 0, 1, 0, 5, 5], [1, 9, 0, 0, 0], [1, 0, 0, 0, 0, 0]] as [[UInt8]] {
            #expect(throws: CodecError.self) { try KeyRange(payload: ByteBuffer(bytes: bytes)) }
        }
    }
}
