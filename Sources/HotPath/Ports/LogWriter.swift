package import RaftCore

/// Takes log jobs in order and answers each with a durability notice, later, through the replica's mailbox.
package protocol LogWriter: AnyObject {
    func submit(_ job: LogJob)
    /// How long the disk has taken lately. For the node's account of itself.
    var times: LogTimes { get }
}

extension LogWriter {
    /// One without a disk has taken no time.
    package var times: LogTimes { LogTimes() }
}

/// One turn's worth of log writes.
package struct LogJob: Sendable {
    /// Rises by one with each job of a replica.
    package var sequence: UInt64
    /// Entries from here on are removed before `entries` are written.
    package var truncateFrom: LogIndex?
    /// Consecutive entries.
    package var entries: [Entry]
    /// Entries through here are removed after `entries` are written. The state machine has them durably.
    package var compaction: CompactionPoint?
    /// To be stored in the same batch, or nil if unchanged.
    package var hardState: HardState?
    /// A snapshot that takes the place of log and state. Such a job has nothing else.
    package var installation: SnapshotInstallation?
    /// States what is durable once this job and all before it are.
    package var notice: FlushNotice

    package init(
        sequence: UInt64, truncateFrom: LogIndex?, entries: [Entry], compaction: CompactionPoint? = nil,
        hardState: HardState?, installation: SnapshotInstallation? = nil, notice: FlushNotice
    ) {
        self.sequence = sequence
        self.truncateFrom = truncateFrom
        self.entries = entries
        self.compaction = compaction
        self.hardState = hardState
        self.installation = installation
        self.notice = notice
    }

    /// Size of the entries in bytes.
    package var bytes: Int { entries.reduce(0) { $0 + $1.encodedBytes } }
}
