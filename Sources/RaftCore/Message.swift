/// A message from one server's core to another's. Payload bytes of entries travel next to it, outside the core.
package struct Message: Hashable, Sendable {
    package var from: NodeID
    package var to: NodeID
    /// The sender's term. For a pre-vote request the term it would campaign in, one above its own (thesis 9.6).
    package var term: Term
    package var body: Body

    package init(from: NodeID, to: NodeID, term: Term, body: Body) {
        self.from = from
        self.to = to
        self.term = term
        self.body = body
    }

    package enum Body: Hashable, Sendable {
        case requestVoteRequest(RequestVoteRequest)
        case requestVoteResponse(RequestVoteResponse)
        case appendEntriesRequest(AppendEntriesRequest)
        case appendEntriesResponse(AppendEntriesResponse)
        case installSnapshotRequest(InstallSnapshotRequest)
        case installSnapshotResponse(InstallSnapshotResponse)
        /// Thesis 3.10: "it sends a TimeoutNow request to the target server", once the target's log matches `last`.
        case timeoutNow(TimeoutNow)
    }
}

package struct RequestVoteRequest: Hashable, Sendable {
    /// A pre-vote changes no state at either side (thesis 9.6).
    package var isPreVote: Bool
    /// Set after TimeoutNow: the voter grants although it heard from a leader lately (thesis 4.2.3).
    package var isLeadershipTransfer: Bool
    package var lastLogID: LogID

    package init(isPreVote: Bool, isLeadershipTransfer: Bool, lastLogID: LogID) {
        self.isPreVote = isPreVote
        self.isLeadershipTransfer = isLeadershipTransfer
        self.lastLogID = lastLogID
    }
}

package struct RequestVoteResponse: Hashable, Sendable {
    package var isPreVote: Bool
    /// The term of the request that this answers, so that a late answer to an earlier campaign is recognised.
    package var requestTerm: Term
    package var voteGranted: Bool

    package init(isPreVote: Bool, requestTerm: Term, voteGranted: Bool) {
        self.isPreVote = isPreVote
        self.requestTerm = requestTerm
        self.voteGranted = voteGranted
    }
}

/// Consecutive entries of one term, as the core sees them: their size in bytes and nothing else of their content.
package struct EntryRun: Hashable, Sendable {
    package var term: Term
    /// Encoded size of each entry of the run, in bytes.
    package var sizes: [UInt32]

    package init(term: Term, sizes: [UInt32]) {
        self.term = term
        self.sizes = sizes
    }
}

/// A configuration entry within a range of entries.
package struct ConfigurationEntry: Hashable, Sendable {
    package var index: LogIndex
    package var configuration: Configuration

    package init(index: LogIndex, configuration: Configuration) {
        self.index = index
        self.configuration = configuration
    }
}

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
    package var leaderCommit: LogIndex
    /// The latest ReadIndex round that the leader had opened when it sent this; repeated in the answer. 0 if none.
    package var readRound: UInt64
    /// Counts the requests of one leader to one follower in one term; repeated in the answer.
    package var sequence: UInt64

    package init(
        prevLogID: LogID, range: LogRange, runs: [EntryRun] = [], configurations: [ConfigurationEntry] = [],
        leaderCommit: LogIndex, readRound: UInt64, sequence: UInt64
    ) {
        self.prevLogID = prevLogID
        self.range = range
        self.runs = runs
        self.configurations = configurations
        self.leaderCommit = leaderCommit
        self.readRound = readRound
        self.sequence = sequence
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

package struct AppendEntriesResponse: Hashable, Sendable {
    package enum Result: Hashable, Sendable {
        /// Everything up to here is durable at the follower and matches the leader's log.
        case matched(LogID)
        /// The follower has no entry `rejected`, or one of another term. `hint` is the follower's last entry at or
        /// below `rejected.index` that may match: the leader skips a whole term at a time (paper 5.3, last paragraph).
        case conflict(rejected: LogID, hint: LogID)
    }

    package var result: Result
    /// The highest `readRound` that the follower has seen from this leader in this term.
    package var readRound: UInt64
    /// The `sequence` of the latest request from this leader that was processed before this answer.
    package var sequence: UInt64

    package init(result: Result, readRound: UInt64, sequence: UInt64) {
        self.result = result
        self.readRound = readRound
        self.sequence = sequence
    }
}

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

package struct InstallSnapshotResponse: Hashable, Sendable {
    package var lastIncluded: LogID
    package var installed: Bool

    package init(lastIncluded: LogID, installed: Bool) {
        self.lastIncluded = lastIncluded
        self.installed = installed
    }
}

package struct TimeoutNow: Hashable, Sendable {
    /// The leader's last entry; a target whose own log does not end here ignores the request.
    package var lastLogID: LogID

    package init(lastLogID: LogID) { self.lastLogID = lastLogID }
}
