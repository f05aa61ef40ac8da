import RaftCore
import Testing

@testable import HotPath

@Suite("Reads of the log for followers that lag")
struct LogReadsTests {
    private var reads = LogReads()

    private func request(_ indexes: ClosedRange<UInt64>, for follower: NodeID = "b") -> LogReadRequest {
        LogReadRequest(follower: follower, term: Term(1), range: .of(indexes), bytesMax: 1_000)
    }

    private func entries(_ indexes: ClosedRange<UInt64>) -> [Entry] { indexes.map { .blank($0) } }

    @Test("Entries that a read brings are at hand for its follower")
    mutating func atHand() {
        reads.begin(request(1...5), id: 7)
        reads.begin(request(1...3, for: "c"), id: 8)

        let first = reads.end(LogRead(id: 7, entries: entries(1...4)), in: Term(1))
        let second = reads.end(LogRead(id: 8, entries: entries(1...3)), in: Term(1))

        #expect(first == request(1...5))
        #expect(second == request(1...3, for: "c"))
        #expect(reads.entries(of: .of(1...4), for: "b") == entries(1...4))
        #expect(reads.entries(of: .of(1...3), for: "c") == entries(1...3))
    }

    @Test("What an earlier leadership asked for is not at hand for another one that asks for the same range")
    mutating func earlierTerm() {
        var later = request(1...3)
        later.term = Term(3)
        reads.begin(request(1...3), id: 7)
        reads.begin(later, id: 8)
        let rewritten = (1...3).map { Entry.blank($0, term: 3) }

        _ = reads.end(LogRead(id: 7, entries: entries(1...3)), in: Term(3))
        _ = reads.end(LogRead(id: 8, entries: rewritten), in: Term(3))

        #expect(reads.entries(of: .of(1...3), for: "b") == rewritten)
    }

    @Test("A read ends once, and a forgotten one brings nothing")
    mutating func ends() {
        reads.begin(request(1...2), id: 7)
        reads.begin(request(1...2, for: "c"), id: 8)
        let first = reads.end(LogRead(id: 7, entries: []), in: Term(1))
        let again = reads.end(LogRead(id: 7, entries: entries(1...2)), in: Term(1))
        reads.removeAll()
        let forgotten = reads.end(LogRead(id: 8, entries: entries(1...2)), in: Term(1))

        #expect(first != nil && again == nil && forgotten == nil)
    }
}
