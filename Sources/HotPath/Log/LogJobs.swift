internal import RaftCore

/// The log jobs of this node: the one that the current turn fills, and how far those before it are durable.
///
/// Expiry: none. A submitted job becomes durable or the process ends; there is no third outcome.
struct LogJobs {
    /// The cut of the beginning of the log, which a job takes along; nil if the log keeps its beginning.
    var compaction: LogCompaction?
    private var entries: [Entry] = []
    private var truncateFrom: LogIndex?
    /// The sequence number of the last job that was submitted.
    private(set) var submitted: UInt64 = 0
    /// The sequence number of the last job that is known to be durable.
    private(set) var flushed: UInt64 = 0
    /// Since when the log thread owes a report: since the first job that was submitted after everything was durable, or
    /// since its latest report if there was more to do. Nil if it owes nothing.
    private(set) var owedSince: Instant?
    /// The sequence number of the last job that installs a snapshot; 0 if there was none.
    private var lastInstallation: UInt64 = 0
    /// That it has owed one for too long was reported, and it still does.
    private(set) var isStallReported = false

    /// Nothing is on its way to the disk.
    var isAllFlushed: Bool { flushed == submitted }

    /// The steps of the current turn have changed the log.
    var hasLogChange: Bool { !entries.isEmpty || truncateFrom != nil }

    /// The entries from `index` on are to be removed from disk, and none of them is to be written.
    mutating func truncate(from index: LogIndex) {
        truncateFrom = min(truncateFrom ?? index, index)
        while let last = entries.last, last.id.index >= index { entries.removeLast() }
    }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    /// The job of the current turn; the next turn begins with an empty one.
    mutating func takeJob(hardState: HardState?, notice: FlushNotice, now: Instant) -> LogJob {
        submitted += 1
        if owedSince == nil { owedSince = now }
        let job = LogJob(
            sequence: submitted, truncateFrom: truncateFrom, entries: entries, hardState: hardState, notice: notice)
        entries.removeAll(keepingCapacity: true)
        truncateFrom = nil
        return job
    }

    /// A job that installs a snapshot, after all that was submitted.
    mutating func makeJob(installing installation: SnapshotInstallation, notice: FlushNotice, now: Instant) -> LogJob {
        precondition(!hasLogChange, "a snapshot replaces a log that is being changed")
        submitted += 1
        lastInstallation = submitted
        if owedSince == nil { owedSince = now }
        return LogJob(
            sequence: submitted, truncateFrom: nil, entries: [], hardState: nil, installation: installation,
            notice: notice)
    }

    /// The log thread reports `sequence`, and with it all earlier jobs, durable.
    mutating func markFlushed(through sequence: UInt64, now: Instant) {
        precondition(sequence > flushed, "log job \(sequence) is reported after \(flushed)")
        precondition(sequence <= submitted, "log job \(sequence) is reported, but only \(submitted) were submitted")
        flushed = sequence
        owedSince = isAllFlushed ? nil : now
        isStallReported = false
    }

    /// The log thread installs a snapshot, which takes as long as it takes: that says nothing of the disk.
    private var isInstalling: Bool { lastInstallation == flushed + 1 }

    /// When the log thread will have owed a report for `limit`; nil if it owes none, or `takeStall` has said so.
    func stallDue(afterNanoseconds limit: UInt64) -> Instant? {
        isStallReported || isInstalling ? nil : owedSince?.advanced(byNanoseconds: limit)
    }

    /// For how long the log thread has owed a report, once after that is more than `limit`.
    mutating func takeStall(afterNanoseconds limit: UInt64, now: Instant) -> UInt64? {
        guard !isStallReported, !isInstalling, let owedSince, now.nanoseconds(since: owedSince) >= limit else {
            return nil
        }
        isStallReported = true
        return now.nanoseconds(since: owedSince)
    }

    /// Forgets the job that the current turn fills.
    mutating func removeChanges() {
        entries.removeAll()
        truncateFrom = nil
    }
}
