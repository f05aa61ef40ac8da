import Dispatch
import HotPath
import NIOConcurrencyHelpers
import RaftCore
import Testing

/// A log store whose syncs are let through one by one, and that records what they covered.
private final class GatedStore: LogStore, Sendable {
    private let gate = DispatchSemaphore(value: 0)
    private let recorded = NIOLockedValueBox<[[UInt64]]>([])

    /// The sequence numbers of the jobs of each synced batch.
    var batches: [[UInt64]] { recorded.withLockedValue { $0 } }

    func letOneSyncReturn() { gate.signal() }

    func append(_ jobs: [LogJob]) throws(StoreFailure) {
        gate.wait()
        recorded.withLockedValue { $0.append(jobs.map(\.sequence)) }
    }

    func entries(in range: LogRange, bytesMax: Int) throws(StoreFailure) -> [Entry] { [] }
}

@Suite("Group commit")
struct GroupCommitTests {
    private func job(_ sequence: UInt64) -> LogJob {
        let last = LogID(index: LogIndex(sequence), term: Term(1))
        return LogJob(
            sequence: sequence, truncateFrom: nil, entries: [], hardState: nil,
            notice: FlushNotice(epoch: 0, lastLogID: last, hardState: HardState()))
    }

    @Test("No notice leaves before its sync returned, and what arrived meanwhile shares the next sync")
    func noticesFollowSyncs() {
        let store = GatedStore()
        let wake = DispatchSemaphore(value: 0)
        let mailbox = Mailbox { wake.signal() }
        let log = GroupCommit(store: store, mailbox: mailbox, onFailure: { preconditionFailure("\($0)") })
        var contents = MailboxContents()

        log.submit(job(1))
        mailbox.drain(into: &contents)
        #expect(contents.flushed == nil, "job 1 is reported durable before its sync returned")
        for sequence in 2...10 { log.submit(job(UInt64(sequence))) }
        var covered: UInt64 = 0
        while covered < 10 {
            store.letOneSyncReturn()
            wake.wait()
            contents.removeAll()
            mailbox.drain(into: &contents)
            covered = contents.flushed?.sequence ?? covered
            #expect(store.batches.joined().contains(covered), "job \(covered) is reported before it was synced")
        }
        log.shutdown()

        #expect(Array(store.batches.joined()) == Array(1...10), "jobs were written out of order")
        #expect(store.batches.count < 10, "jobs that waited did not share a sync")
    }
}
