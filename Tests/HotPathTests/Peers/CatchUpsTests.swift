import RaftCore
import Testing

@testable import HotPath

@Suite("Entries from disk for a follower that lags")
struct CatchUpsTests {
    private var catchUps = CatchUps()

    private func request(_ indexes: ClosedRange<UInt64>, to follower: NodeID = "b") -> Message {
        let request = AppendEntriesRequest(
            prevLogID: .of(indexes.lowerBound - 1), range: .of(indexes), leaderCommit: .zero, readRound: 0, sequence: 0)
        return Message(from: "a", to: follower, term: Term(1), body: .appendEntriesRequest(request))
    }

    private func entries(_ indexes: ClosedRange<UInt64>) -> [Entry] { indexes.map { .blank($0) } }

    @Test("A request is sent with what was read and what was in memory, in order")
    mutating func oneRequest() {
        catchUps.append(request(1...5), id: 7, countOnDisk: 3, entriesInMemory: entries(4...5))
        #expect(catchUps.isUnderWay(to: "b"))

        let complete = catchUps.complete(LogRead(id: 7, entries: entries(1...3)))

        #expect(complete.map(\.message) == [request(1...5)])
        #expect(complete.first?.entries == entries(1...5))
        #expect(!catchUps.isUnderWay(to: "b"))
    }

    @Test("Requests leave in their order, whichever read is done first, also those that need no read")
    mutating func order() {
        catchUps.append(request(1...2), id: 7, countOnDisk: 2, entriesInMemory: [])
        catchUps.append(request(3...4), id: 8, countOnDisk: 2, entriesInMemory: [])
        catchUps.append(request(5...5), id: 9, countOnDisk: 0, entriesInMemory: entries(5...5))

        #expect(catchUps.complete(LogRead(id: 8, entries: entries(3...4))).isEmpty)
        let complete = catchUps.complete(LogRead(id: 7, entries: entries(1...2)))

        #expect(complete.map(\.message) == [request(1...2), request(3...4), request(5...5)])
        #expect(complete.map(\.entries) == [entries(1...2), entries(3...4), entries(5...5)])
    }

    @Test("A range that was truncated while it was read ends what waits after it, for that follower alone")
    mutating func truncated() {
        catchUps.append(request(1...2), id: 7, countOnDisk: 2, entriesInMemory: [])
        catchUps.append(request(3...3), id: 8, countOnDisk: 0, entriesInMemory: entries(3...3))
        catchUps.append(request(1...2, to: "c"), id: 9, countOnDisk: 2, entriesInMemory: [])

        #expect(catchUps.complete(LogRead(id: 7, entries: entries(1...1))).isEmpty)

        #expect(!catchUps.isUnderWay(to: "b"))
        #expect(catchUps.isUnderWay(to: "c"))
    }

    @Test("A read for a link or a leadership that is gone brings nothing")
    mutating func ends() {
        catchUps.append(request(1...2), id: 7, countOnDisk: 2, entriesInMemory: [])
        catchUps.append(request(1...2, to: "c"), id: 8, countOnDisk: 2, entriesInMemory: [])

        catchUps.endLink(to: "b")
        #expect(!catchUps.isUnderWay(to: "b"))
        #expect(catchUps.complete(LogRead(id: 7, entries: entries(1...2))).isEmpty)
        catchUps.removeAll()
        #expect(!catchUps.isUnderWay(to: "c"))
        #expect(catchUps.complete(LogRead(id: 8, entries: entries(1...2))).isEmpty)
    }
}
