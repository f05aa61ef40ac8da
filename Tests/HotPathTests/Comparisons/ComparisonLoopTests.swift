import RaftCore
import Testing

@testable import HotPath

@Suite("The thread that makes digests")
struct ComparisonLoopTests {
    @Test("reports that the data cannot be read, and that there is no digest and no range then")
    func unreadable() {
        let mailbox = Mailbox {}
        let loop = ComparisonLoop(of: UnreadableState(), mailbox: mailbox)
        let id = LogID(index: LogIndex(7), term: Term(1))

        loop.compare(.all, at: id)
        loop.findEnd(of: [], bytes: 9)
        loop.shutdown()

        var contents = MailboxContents()
        mailbox.drain(into: &contents)
        let reports = contents.comparisonReports
        #expect(reports.count == 4)
        guard reports.count == 4, case .unreadable(UnreadableState.failure) = reports[0],
            case .digest(nil, at: id) = reports[1], case .unreadable(UnreadableState.failure) = reports[2],
            case .range(nil) = reports[3]
        else {
            Issue.record("\(reports)")
            return
        }
    }
}

/// Data with a wrong checksum.
private final class UnreadableState: ComparableState, StateCapture {
    static let failure = StoreFailure(operation: "read", message: "Corruption: block checksum mismatch")

    func capture(_ range: KeyRange) throws(StoreFailure) -> any StateCapture { self }

    func digest(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest? { throw Self.failure }

    func endOfRange(
        from start: [UInt8], bytes: Int, while mayContinue: () -> Bool
    ) throws(StoreFailure) -> [UInt8] { throw Self.failure }
}
