/// Announces that the follower needs a snapshot; its bytes are streamed outside the core.
package struct InstallSnapshotRequest: Hashable, Sendable {
    /// The last entry that the snapshot replaces: `lastIncludedIndex` and `lastIncludedTerm` of the paper.
    package var lastIncluded: LogID
    /// The configuration as of `lastIncluded`.
    package var configuration: Configuration

    package init(lastIncluded: LogID, configuration: Configuration) {
        self.lastIncluded = lastIncluded
        self.configuration = configuration
    }
}
