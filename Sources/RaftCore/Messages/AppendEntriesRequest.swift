package struct AppendEntriesRequest: Hashable, Sendable {
    /// `prevLogIndex` and `prevLogTerm` of the paper.
    package var prevLogID: LogID
    /// The entries that follow `prevLogID`. A core that *sends* sets only `range`: runs and configurations are filled
    /// in from the entries themselves by whoever decodes them at the receiver.
    package var range: LogRange
    /// The terms and sizes of the entries of `range`, in order. Empty in a request that leaves a core.
    package var runs: [EntryRun]
    /// The configuration entries of `range`, in order. Empty in a request that leaves a core.
    package var configurations: [ConfigurationEntry]
    /// The first entry of `range` that the receiver does not know. Nil in a request that leaves a core: the receiver
    /// finds it, like the runs.
    package var unknown: UnknownEntry?
    package var leaderCommit: LogIndex
    /// The latest ReadIndex round that the leader had opened when it sent this; repeated in the answer. 0 if none.
    package var readRound: UInt64
    /// Counts the requests of one leader to one follower in one term; repeated in the answer.
    package var sequence: UInt64
    /// The last entry that the receiver had acknowledged to this leader, if it is known to have lost some of that. Each
    /// request says so until the receiver has all of it again, so that none of its answers comes from a server that
    /// does not know.
    package var lostThrough: LogID?

    package init(
        prevLogID: LogID, range: LogRange, runs: [EntryRun] = [], configurations: [ConfigurationEntry] = [],
        leaderCommit: LogIndex, readRound: UInt64, sequence: UInt64, lostThrough: LogID? = nil
    ) {
        self.prevLogID = prevLogID
        self.range = range
        self.runs = runs
        self.configurations = configurations
        self.leaderCommit = leaderCommit
        self.readRound = readRound
        self.sequence = sequence
        self.lostThrough = lostThrough
    }

    /// The term of the entry at `index`, if it is in the request.
    func term(at index: LogIndex) -> Term? {
        guard range.contains(index) else { return nil }
        var end = range.lower
        for run in runs {
            end = LogIndex(end.rawValue + UInt64(run.sizes.count))
            if index < end { return run.term }
        }
        return nil
    }
}
