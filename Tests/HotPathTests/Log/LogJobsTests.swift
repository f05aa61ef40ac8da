import RaftCore
import Testing

@testable import HotPath

@Suite("The log job of a turn")
struct LogJobsTests {
    private var jobs = LogJobs()
    private let notice = FlushNotice(epoch: 2, lastLogID: .of(9), hardState: HardState(currentTerm: Term(3)))

    @Test("A job holds the changes of its turn, and the next one is empty")
    mutating func contents() {
        jobs.truncate(from: LogIndex(5))
        jobs.append(.blank(5, term: 3))
        jobs.append(.blank(6, term: 3))
        #expect(jobs.hasLogChange)

        let job = jobs.takeJob(hardState: notice.hardState, notice: notice, now: .milliseconds(0))
        let next = jobs.takeJob(hardState: nil, notice: notice, now: .milliseconds(0))

        #expect(job.sequence == 1)
        #expect(job.truncateFrom == LogIndex(5))
        #expect(job.entries.map(\.id) == [.of(5, term: 3), .of(6, term: 3)])
        #expect(job.hardState == notice.hardState)
        #expect(job.notice == notice)
        #expect(next.sequence == 2)
        #expect(next.truncateFrom == nil)
        #expect(next.entries.isEmpty)
        #expect(!jobs.hasLogChange)
    }

    @Test("An entry that a later step of the turn replaces is not written, and the lowest truncation counts")
    mutating func truncation() {
        jobs.append(.blank(7))
        jobs.append(.blank(8))
        jobs.truncate(from: LogIndex(8))
        jobs.append(.blank(8, term: 2))
        jobs.truncate(from: LogIndex(9))

        let job = jobs.takeJob(hardState: nil, notice: notice, now: .milliseconds(0))

        #expect(job.truncateFrom == LogIndex(8))
        #expect(job.entries.map(\.id) == [.of(7), .of(8, term: 2)])
    }

    @Test("Everything is durable when the last job is")
    mutating func flushed() {
        #expect(jobs.isAllFlushed)
        for _ in 1...3 { _ = jobs.takeJob(hardState: nil, notice: notice, now: .milliseconds(0)) }

        jobs.markFlushed(through: 2, now: .milliseconds(0))
        #expect(!jobs.isAllFlushed)
        jobs.markFlushed(through: 3, now: .milliseconds(0))
        #expect(jobs.isAllFlushed)
        #expect(jobs.flushed == 3)
    }

    @Test("A restart forgets the changes, but no number is used twice")
    mutating func restart() {
        _ = jobs.takeJob(hardState: nil, notice: notice, now: .milliseconds(0))
        jobs.truncate(from: LogIndex(1))
        jobs.append(.blank(1))

        jobs.removeChanges()

        #expect(!jobs.hasLogChange)
        #expect(jobs.takeJob(hardState: nil, notice: notice, now: .milliseconds(0)).sequence == 2)
    }

    @Test("The log thread owes a report since a job came after all were durable, or since its last report")
    mutating func owed() {
        #expect(jobs.owedSince == nil)
        _ = jobs.takeJob(hardState: nil, notice: notice, now: .milliseconds(10))
        _ = jobs.takeJob(hardState: nil, notice: notice, now: .milliseconds(20))
        #expect(jobs.owedSince == .milliseconds(10))

        #expect(jobs.takeStall(afterNanoseconds: 1_000_000, now: .milliseconds(10)) == nil)
        #expect(jobs.stallDue(afterNanoseconds: 1_000_000) == .milliseconds(11))
        #expect(jobs.takeStall(afterNanoseconds: 1_000_000, now: .milliseconds(13)) == 3_000_000)
        #expect(jobs.takeStall(afterNanoseconds: 1_000_000, now: .milliseconds(14)) == nil, "once")
        #expect(jobs.stallDue(afterNanoseconds: 1_000_000) == nil)
        jobs.markFlushed(through: 1, now: .milliseconds(30))
        #expect(jobs.owedSince == .milliseconds(30))
        #expect(jobs.takeStall(afterNanoseconds: 1_000_000, now: .milliseconds(40)) == 10_000_000)
        jobs.markFlushed(through: 2, now: .milliseconds(40))
        #expect(jobs.owedSince == nil)
    }

    @Test("The installation of a snapshot may take its time; a job before or after it may not")
    mutating func installing() {
        let snapshot = PlayedSnapshot(LogIndex(9), of: PlayedStateMachine(applied: .zero))
        let installation = SnapshotInstallation(
            id: 1, snapshot: snapshot, lastIncluded: .of(9), configuration: Configuration())
        _ = jobs.takeJob(hardState: nil, notice: notice, now: .milliseconds(10))
        _ = jobs.makeJob(installing: installation, notice: notice, now: .milliseconds(11))
        #expect(jobs.takeStall(afterNanoseconds: 1_000_000, now: .milliseconds(20)) == 10_000_000)

        jobs.markFlushed(through: 1, now: .milliseconds(30))
        _ = jobs.takeJob(hardState: nil, notice: notice, now: .milliseconds(31))
        #expect(jobs.stallDue(afterNanoseconds: 1_000_000) == nil)
        #expect(jobs.takeStall(afterNanoseconds: 1_000_000, now: .milliseconds(9_000)) == nil)

        jobs.markFlushed(through: 2, now: .milliseconds(9_000))
        #expect(jobs.takeStall(afterNanoseconds: 1_000_000, now: .milliseconds(9_002)) == 2_000_000)
    }
}
