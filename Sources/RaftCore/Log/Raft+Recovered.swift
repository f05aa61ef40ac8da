extension Raft {
    /// The state that recovery found on disk.
    package struct Recovered: Sendable {
        package var hardState = HardState()
        /// The entry before the first one of the log; `.zero` if nothing was ever compacted.
        package let compacted: LogID
        /// The first entry of each term after `compacted`, in order.
        package var terms: [LogID] = []
        /// The last entry of the log; `compacted` if it is empty.
        package var last: LogID
        /// The encoded sizes of the last entries of the log, in bytes, in order: of those after `applied` at least. The
        /// size of an older entry is of no use before somebody reads it from disk.
        package var sizes: [UInt32] = []
        /// The configuration as of `compacted`; empty for a node that belongs to no cluster yet.
        package var configuration = Configuration()
        /// The configuration entries of the log, in order.
        package var configurations: [ConfigurationEntry] = []
        /// The last entry that is durably in the state machine. It is committed.
        package var applied = LogIndex.zero

        /// An empty log after `compacted`.
        package init(compacted: LogID = .zero) {
            self.compacted = compacted
            self.last = compacted
        }

        /// Adds the next entry to the log. Set `applied` first: the size of what is applied is not kept.
        package mutating func append(_ id: LogID, size: UInt32) {
            if terms.last?.term != id.term { terms.append(id) }
            if id.index > applied { sizes.append(size) }
            last = id
        }
    }
}
