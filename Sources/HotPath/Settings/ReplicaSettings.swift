package import RaftCore

/// The constants of one replica, next to those of the core.
package struct ReplicaSettings: Hashable, Sendable {
    /// Requests wait this long for a leader before they fail with `noLeader`. Less than the request timeout of the HTTP
    /// API, so that users learn that nothing was done.
    package var leaderWaitNanoseconds: UInt64 = 3_000_000_000
    /// Requests that wait for an answer of the leader, a confirmation by a majority or the state machine are given up
    /// this long after their arrival: the request timeout of the HTTP API and a margin, so that usually nobody waits
    /// for the answer any more and only the room is given back.
    package var answerWaitNanoseconds: UInt64 = 6_000_000_000
    /// A ReadIndex request to the leader that is not answered is asked again after this time.
    package var readRetryNanoseconds: UInt64 = 500_000_000
    /// Requests that a leader turned away are sent again after this time, and all that wait are looked at this often.
    package var retryNanoseconds: UInt64 = 20_000_000
    /// A disk that has not answered for this time hangs, and this node does not lead. The longest election timeout, so
    /// that a slow sync does not cost a leader.
    package var logStallNanoseconds: UInt64 = 1_000_000_000
    /// A member that takes nothing of the snapshot that it is offered is given up after this time, until it is found to
    /// need one again. It also covers the making of the snapshot.
    package var snapshotWaitNanoseconds: UInt64 = 60_000_000_000
    /// The same after everything was sent: a member checks and installs it.
    package var snapshotInstallationNanoseconds: UInt64 = 600_000_000_000
    /// A snapshot is offered for this time at most, however steadily it is taken.
    package var snapshotAgeNanosecondsMax: UInt64 = 86_400_000_000_000
    /// A member that could not take its snapshot gets another one after this time, which doubles with each failure …
    package var snapshotPauseNanosecondsMin: UInt64 = 1_000_000_000
    /// … up to this.
    package var snapshotPauseNanosecondsMax: UInt64 = 300_000_000_000
    /// A member that has not begun to take a snapshot hears of it again after this time.
    package var snapshotAnnouncementNanoseconds: UInt64 = 1_000_000_000
    /// The link to a member that has left stays for at least this time.
    package var linkTrimNanoseconds: UInt64 = 2_000_000_000
    /// Entries that every other part is done with stay in memory up to this size, for followers that reconnect.
    package var entryRingBytesKept = 8 << 20

    /// A leader compares the data of the members this often, a range at a time; 0 if never.
    package var comparisonIntervalNanoseconds: UInt64 = 10_000_000_000
    /// A range holds about this much.
    package var comparisonBytes = 16 << 20
    /// A comparison ends after this time with the digests that are there.
    package var comparisonWaitNanoseconds: UInt64 = 60_000_000_000

    /// A leader that cannot read all of its data hands leadership over, and if it leads again, not before this time.
    package var handOverPauseNanoseconds: UInt64 = 60_000_000_000

    /// The ring holds at most this much of applied entries, however slow a follower is. Scales with the node's memory.
    package var entryRingBytesMax = ReplicaLimits.entryRingBytesMax
    /// Entries that are handed to the apply thread and not applied.
    package var unappliedBytesMax = ReplicaLimits.unappliedBytesMax

    /// How the log gets shorter at its beginning; nil if it keeps all of it. Nil as long as no node can send snapshots,
    /// which a follower needs that lacks what is gone. With it the ports have a `LogMaintainer`.
    package var compaction: CompactionSettings?

    /// A burst that goes to the leader is cut into messages of at most this many commands …
    package var forwardCommandsMax = ReplicaLimits.forwardCommandsMax
    /// … and a message ends once it has this many bytes.
    package var forwardBytesMax = ReplicaLimits.forwardBytesMax
    /// One entry carries at most this many commands …
    package var commandsPerEntryMax = ReplicaLimits.commandsPerEntryMax
    /// … and packing stops once the payload has this many bytes.
    package var entryPayloadBytesTarget = ReplicaLimits.entryPayloadBytesTarget

    #if MUTANTS
    /// The bug that this replica has; see `RaftSettings.mutant`.
    package var mutant: Mutant?
    #endif

    package init() {}

    /// Whether a bug is switched on.
    @inline(__always)
    package func has(_ mutant: Mutant) -> Bool {
        #if MUTANTS
        return self.mutant == mutant
        #else
        return false
        #endif
    }
}
