/// The constants of one node's core. All nodes of a cluster use the same.
package struct RaftSettings: Hashable, Sendable {
    /// The least time without a leader before a follower campaigns. The draw is uniform in `[min, 2 × min)` (paper,
    /// section 5.2).
    package var electionTimeoutNanosecondsMin: UInt64 = 500_000_000
    /// A leader sends something to every follower at least this often.
    package var heartbeatIntervalNanoseconds: UInt64 = 100_000_000
    /// After the leader's connection closed, a follower campaigns within `[min, 2 × min)` of this instead of the
    /// election timeout.
    package var disconnectedElectionTimeoutNanosecondsMin: UInt64 = 50_000_000
    /// One AppendEntriesRequest carries at most this many bytes, or one entry if that is larger.
    package var messageBytesMax: Int = 1 << 20
    /// One AppendEntriesRequest carries at most this many entries.
    package var messageEntriesMax: Int = 256
    /// A follower in `replicate` is paused while more than this is sent and not acknowledged.
    package var inflightBytesMax: Int = 8 << 20
    package var inflightMessagesMax: Int = 256
    /// A learner may be promoted when it is at most this many entries behind the leader's log.
    package var promotionLagEntriesMax: UInt64 = 1_000
    package var memberCountMax: Int = 9
    /// The highest feature level that this server knows. That of its release; tests make it another one.
    package var featureLevel = FeatureLevel.release
    /// Leadership transfer is abandoned after this time (thesis 3.10: "about an election timeout").
    package var transferTimeoutNanoseconds: UInt64 = 1_000_000_000
    package var preVote = true
    package var checkQuorum = true
    /// Grant nobody a vote for an election timeout after a start, unless a leader is heard from.
    package var abstainsAfterStart = true
    #if MUTANTS
    /// The bug that this server has.
    package var mutant: Mutant?
    #endif

    package init() {}
}
