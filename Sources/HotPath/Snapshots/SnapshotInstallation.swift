package import RaftCore

/// A snapshot on its way to the log thread, which installs it between two batches.
package struct SnapshotInstallation: Sendable {
    /// As given to `SnapshotExchange.fetch`.
    let id: UInt64
    let snapshot: any FetchedSnapshot
    /// The last entry that the snapshot includes, and the configuration as of it.
    package let lastIncluded: LogID
    package let configuration: Configuration

    /// Returns when the snapshot is durable and readers see it. Log thread.
    package func carryOut() throws(StoreFailure) { try snapshot.install(configuration) }

    /// What the replica has to hear then, before the notice of the job.
    package var news: SnapshotNews { .installed(id: id) }
}
