/// The Raft consensus algorithm of one server, as a value: `step` turns one event into state changes and effects.
///
/// It knows log ids, entry sizes and configurations; it never sees payload bytes, clocks, randomness, threads, sockets
/// or files.
///
/// Sources of the rules: "the paper" is Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm
/// (Extended Version)", 2014; "the thesis" is Ongaro, "Consensus: Bridging Theory and Practice", 2014. A section sign
/// alone refers to the paper.
package struct Raft: ~Copyable {
    package enum Role: Hashable, Sendable {
        case follower, preCandidate, candidate, leader
    }

    // MARK: Identity

    package let id: NodeID
    /// The life of the directory in which this server keeps its state; nil where nobody asks for it.
    package let instance: InstanceID?
    let settings: RaftSettings

    // MARK: Of every role

    package internal(set) var role = Role.follower
    package internal(set) var hardState: HardState
    /// The part of `hardState` that is durable, as flushes have reported it; `hardState` may run ahead of it.
    var durableHardState: HardState
    /// The leader of the current term, if known; this node itself while it leads.
    package internal(set) var leaderID: NodeID?
    var log: RaftLog
    var configurations: ConfigurationHistory
    /// Whether this node is a voter of the configuration in force.
    var isVoter = false
    package internal(set) var commitIndex: LogIndex
    /// As reported by `Event.applied`.
    package internal(set) var appliedIndex: LogIndex
    /// The last durable index of this node's log.
    package internal(set) var flushedIndex: LogIndex
    /// +1 with each truncation and each snapshot that replaces the log; every log job carries it, see `FlushNotice`.
    package internal(set) var logEpoch: UInt64 = 0
    /// The disk has not answered for longer than an election timeout.
    var isLogStalled = false
    /// Its state machine holds wrong data.
    var isCampaigningBarred = false
    /// The first entry in memory, or the next one to come if none is.
    var memoryStart: LogIndex
    /// The last value given to `Effects.applyThrough`.
    var applyThrough: LogIndex
    /// The latest time that any step has seen.
    var clock: Instant

    // MARK: Of a follower or candidate

    var electionTimer: ElectionTimer
    /// Until then, or until a leader is heard from, this server grants nobody its vote.
    let abstainsUntil: Instant
    /// When the leader was last heard from; nil before the first time.
    package internal(set) var lastLeaderContact: Instant?
    /// The commit index of a leader when it was first heard from.
    var firstLeaderCommit: LogIndex?
    /// The highest commit index that a leader has sent, however short the own log is.
    var leaderCommit = LogIndex.zero
    /// The leader's connection closed and it has not been heard from since.
    var isLeaderUnreachable = false
    /// Elections started since the leader's connection closed.
    var disconnectedAttempts = 0
    var acknowledgement: Acknowledgement
    /// A member said that this server is none any more, and no leader has been heard from since.
    package internal(set) var isToldRemoved = false
    var countedIn = CountedIn()
    /// The entry from which on this server takes nothing of its leader, because it does not know what it is.
    package internal(set) var unknownEntry: UnknownEntry?
    var termOfUnknownEntry = Term.zero
    /// Answers to the campaign under way.
    var tally = VoteTally()
    /// The snapshot being fetched and installed. Meanwhile no entries are accepted and no campaign is started, because
    /// the installation will replace the log.
    var installing: LogID?

    /// The loss in `hardState` is not repaired yet.
    package internal(set) var missesData = false

    // MARK: Of a leader

    var leadership: Leadership?

    // MARK: Life

    /// `seed` makes the election timeouts of this node differ from those of others; derive it from the node id and a
    /// fresh random number at each start. No entry is in memory yet. Preconditions: the recovered terms rise, `applied`
    /// lies within the log, and the size of each entry after it is known.
    package init(
        id: NodeID, instance: InstanceID? = nil, settings: RaftSettings, recovered: consuming Recovered, seed: UInt64,
        now: Instant
    ) {
        let log = RaftLog(
            compacted: recovered.compacted, terms: recovered.terms, last: recovered.last, sizes: recovered.sizes)
        // The state machine on disk is never ahead of the log on disk, nor behind what has left the log.
        precondition(
            recovered.applied <= log.last.index,
            "applied through \(recovered.applied), but the log ends at \(log.last)")
        precondition(
            recovered.applied >= log.compacted.index,
            "applied through \(recovered.applied), but the log starts after \(log.compacted)")
        precondition(
            log.sizesStart <= recovered.applied.next,
            "applied through \(recovered.applied), but sizes are known from \(log.sizesStart) on")
        // A term is durable before, or together with, the first entry of that term.
        precondition(
            recovered.hardState.currentTerm >= log.last.term,
            "the log ends at \(log.last), after the current term \(recovered.hardState.currentTerm)")
        self.id = id
        self.instance = instance
        self.settings = settings
        self.hardState = recovered.hardState
        self.durableHardState = recovered.hardState
        self.configurations = ConfigurationHistory(
            base: recovered.configuration, compacted: recovered.compacted.index, entries: recovered.configurations)
        self.commitIndex = recovered.applied
        self.appliedIndex = recovered.applied
        self.flushedIndex = log.last.index
        self.memoryStart = log.last.index.next
        self.applyThrough = recovered.applied
        self.log = log
        self.clock = now
        self.electionTimer = ElectionTimer(
            seed: seed, minNanoseconds: settings.electionTimeoutNanosecondsMin, now: now)
        let hasPromised = settings.abstainsAfterStart && recovered.hardState.currentTerm > .zero
        self.abstainsUntil = hasPromised ? now.advanced(byNanoseconds: settings.electionTimeoutNanosecondsMin) : now
        self.acknowledgement = Acknowledgement(verified: recovered.applied, now: now)
        self.isVoter = isVoter(of: configuration)
        if let lost = hardState.lostData { self.missesData = isShort(of: lost) }
        // Nobody else can win an election, so there is nothing to wait for.
        if isVoter, configuration.voterCount == 1 { electionTimer.expire(at: now) }
        forgetSizes()
        checkInvariants()
    }

    /// Pure and synchronous. Any event is legal in any role; a message, if `refusal(of:)` has nothing against it.
    /// Effects are added to `effects`, never removed.
    package mutating func step(_ event: Event, now: Instant, into effects: inout Effects) {
        clock = max(clock, now)
        switch event {
        case .timeElapsed:
            timeElapsed(into: &effects)
        case .receive(let message):
            receive(message, into: &effects)
        case .receiveNews(let message):
            receiveNews(message, into: &effects)
        case .receiveEntries(let message):
            receiveEntries(message, into: &effects)
        case .propose(let sizes):
            propose(sizes, into: &effects)
        case .flushed(let notice):
            flushed(notice, into: &effects)
        case .logStalled:
            logStalled(into: &effects)
        case .campaigningBarred(let isBarred):
            isCampaigningBarred = isBarred
            // It may learn that while it campaigns. Its vote for itself stays.
            if isBarred, role == .candidate || role == .preCandidate {
                becomeFollower(term: currentTerm, leader: nil, into: &effects)
            }
        case .applied(let index):
            applied(index)
        case .evicted(let index):
            evicted(before: index)
        case .entriesRead(let request, let count, let bytes):
            entriesRead(request, count: count, bytes: bytes)
        case .readIndex(let read):
            readIndex(read, into: &effects)
        case .changeConfiguration(let change):
            changeConfiguration(change, into: &effects)
        case .transferLeadership(let target):
            transferLeadership(to: target, into: &effects)
        case .peerUnreachable(let peer):
            peerUnreachable(peer)
        case .snapshotSent(let follower, let lastIncluded, let succeeded):
            snapshotSent(to: follower, lastIncluded: lastIncluded, succeeded: succeeded)
        case .snapshotInstalled(let lastIncluded, let configuration, let succeeded):
            snapshotInstalled(lastIncluded, configuration, succeeded: succeeded, into: &effects)
        case .compacted(let last):
            compacted(through: last)
        case .removed(let index, let sender):
            removed(at: index, by: sender, into: &effects)
        case .turnEnded:
            turnEnded(into: &effects)
        }
        publishApplyThrough(into: &effects)
        settleLoss(into: &effects)
        forgetSizes()
        checkInvariants()
    }
}
