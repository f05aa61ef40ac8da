/// The configurations of a log: that as of its compaction point and each one in its entries.
///
/// Thesis 4.1: "servers do not wait for configuration entries to be committed, and each server always uses the latest
/// configuration found in its log." So a truncation brings back the one before, which is why they are all kept.
struct ConfigurationHistory: Sendable {
    /// Ordered by index and never empty; the first one lies at or below the compaction point.
    private var entries: [ConfigurationEntry]

    /// `base` is the configuration as of the entry at `compacted`; the others follow it in order.
    init(base: Configuration, compacted: LogIndex, entries: [ConfigurationEntry] = []) {
        self.entries = [ConfigurationEntry(index: compacted, configuration: base)]
        for entry in entries { append(entry) }
    }

    /// The configuration in force.
    var latest: ConfigurationEntry { entries[entries.count - 1] }

    /// The one before `latest`; nil if it has been forgotten, because `latest` is committed.
    var previous: Configuration? { entries.count > 1 ? entries[entries.count - 2].configuration : nil }

    /// Whether any of them has this member.
    func contains(_ id: NodeID) -> Bool { entries.contains { $0.configuration[id] != nil } }

    /// The configuration in force when the log ended at `index`; nil below the compaction point.
    func configuration(at index: LogIndex) -> Configuration? {
        entries.last { $0.index <= index }?.configuration
    }

    /// Precondition: `entry` lies above all others.
    mutating func append(_ entry: ConfigurationEntry) {
        precondition(
            entry.index > latest.index,
            "a configuration at \(entry.index) cannot follow the one at \(latest.index)")
        entries.append(entry)
    }

    /// Forgets the configurations from `index` on. True if there were any.
    mutating func truncate(from index: LogIndex) -> Bool {
        var changed = false
        while entries.count > 1, latest.index >= index {
            entries.removeLast()
            changed = true
        }
        return changed
    }

    /// Forgets the configurations that are superseded at `index`.
    mutating func compact(through index: LogIndex) {
        while entries.count > 1, entries[1].index <= index { entries.removeFirst() }
    }
}
