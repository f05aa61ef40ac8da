internal import RaftCore

/// A snapshot on its way to the log thread, which installs it between two batches.
package struct SnapshotInstallation: Sendable {
    /// As given to `SnapshotExchange.fetch`.
    let id: UInt64
    let snapshot: any FetchedSnapshot
    /// As of the last entry of the snapshot.
    let configuration: Configuration

    /// Returns when the snapshot is durable and readers see it, and says so. Log thread.
    package func carryOut(reportingTo mailbox: Mailbox) throws(StoreFailure) {
        try snapshot.install(configuration)
        mailbox.post(.installed(id: id))
    }
}
