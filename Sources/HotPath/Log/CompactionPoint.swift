package import RaftCore

/// Where a log begins: everything through `lastIncluded` has left it, because the state machine has it durably (§7).
/// What a log must still say of the entries that are gone.
package struct CompactionPoint: Hashable, Sendable {
    /// The last entry that is gone; `.zero` if the log has its first entry still.
    package var lastIncluded: LogID
    /// The base configuration: the one in force as of `lastIncluded`. §7: a snapshot includes "the latest configuration
    /// in the log as of last included index". Empty for a log that has its first entry.
    package var configuration: Configuration

    package init(lastIncluded: LogID = .zero, configuration: Configuration = Configuration()) {
        self.lastIncluded = lastIncluded
        self.configuration = configuration
    }
}
