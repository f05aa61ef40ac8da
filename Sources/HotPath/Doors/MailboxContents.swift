package import RaftCore

/// All that reached the replica from other threads since its last turn.
package struct MailboxContents: Sendable {
    /// In the order of arrival.
    package var bursts: [Burst] = []
    /// The latest durability notice with the sequence number of its job. It stands for all earlier ones, because the
    /// log thread works in order.
    package var flushed: (sequence: UInt64, notice: FlushNotice)?
    /// The last entry of the latest batch that the apply thread has done with.
    package var applied: LogIndex?
    package var logReads: [LogRead] = []
    /// In the order of arrival.
    package var snapshotNews: [SnapshotNews] = []
    /// Outcomes of commands that other nodes forwarded to this one.
    package var forwardCompletions: [Completion] = []

    /// Of the thread that makes digests for comparisons.
    package var comparisonReports: [ComparisonReport] = []
    /// The verdicts of the state after the last batch that may have changed them.
    package var verdicts: [Verdict]?

    package init() {}

    /// Forgets everything but keeps the storage of the arrays.
    package mutating func removeAll() {
        bursts.removeAll(keepingCapacity: true)
        flushed = nil
        applied = nil
        logReads.removeAll(keepingCapacity: true)
        snapshotNews.removeAll()
        forwardCompletions.removeAll(keepingCapacity: true)
        if !comparisonReports.isEmpty { comparisonReports.removeAll() }
        verdicts = nil
    }
}
