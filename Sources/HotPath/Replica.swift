internal import DequeModule
package import NIOCore
package import RaftCore

/// One node's share of the cluster: the consensus core and everything that moves around it. It owns the core, the entry
/// ring and the requests that wait, and is confined to one thread, its owner. Time, log, peers and state machine are
/// behind ports, so the simulator drives the same code.
///
/// All work happens in turns. A turn takes in what arrived since the last one, steps the core once per event, and
/// carries the effects out once:
///
/// ```
/// bursts ───────┐                         ┌─► LogWriter     one job
/// peer messages ┤   step, step, step …    ├─► PeerLinks     one flush per peer
/// durability    ├─► turn ── effects ──────┤
/// applied       ┤                         ├─► Applier       one range
/// timer ────────┘                         └─► sinks         answers that need no apply
/// ```
///
/// What is durable before what is stated at the fields of `RaftCore.Effects`; this type keeps that order and decides
/// nothing about consensus itself.
package final class Replica {
    // MARK: Ports

    let logWriter: any LogWriter
    let logReader: any LogReader
    let applier: any Applier
    let links: any PeerLinks
    let timekeeper: any Timekeeper
    let sinks: [any CompletionSink]
    let mailbox: Mailbox
    let admission: Admission
    let board: StatusBoard
    let stateMachine: any StateMachine
    let appliedInterest: AppliedInterest
    let settings: ReplicaSettings

    // MARK: The log and its way through a turn

    var raft: Raft
    var effects = Effects()
    var inbox = MailboxContents()
    /// Messages from peers since the last turn, in order.
    var inbound: [(from: NodeID, message: PeerMessage)] = []
    /// Peers whose link closed since the last turn.
    var unreachable: [NodeID] = []
    var ring: EntryRing
    /// The log job of the current turn.
    var jobEntries: [Entry] = []
    var jobTruncateFrom: LogIndex?
    /// Sequence numbers of the last log job submitted and of the last one known to be durable.
    var submittedSequence: UInt64 = 0
    var flushedSequence: UInt64 = 0
    /// Messages that wait until the log job `sequence` is durable, in order of `sequence`.
    var heldMessages: Deque<(sequence: UInt64, message: Message)> = []
    /// The last index handed to the apply thread.
    var applySubmitted: LogIndex
    /// Sizes of the ranges that are handed over and not known to be applied, by their last index.
    var unappliedBatches: Deque<(last: LogIndex, bytes: Int)> = []
    var unappliedBytes = 0

    // MARK: Requests that wait

    /// Entries proposed by this leader and not handed to apply yet, with who waits for them. In order of index.
    var proposals: Deque<(id: LogID, waiters: ApplyJob.Waiters)> = []
    /// Bursts that found no leader.
    var waiting: Deque<WaitingBurst> = []
    var forwarded: Deque<ForwardedBurst> = []
    var readBatches: Deque<ReadBatch> = []
    var readsAwaitingApply: Deque<(index: LogIndex, batch: ReadBatch)> = []
    /// Senders of forwarded writes; a tag names one by its number. Each link has a number of its own, so that an answer
    /// never goes to a later process of the sender.
    var forwardOrigins: [(number: UInt32, peer: NodeID)] = []
    var nextOrigin: UInt32 = 0
    var catchUps: [CatchUp] = []
    /// To whom links are kept: the members, and for a while those that have left.
    var linkedMembers: [Member] = []
    /// When links to members that have left are given up.
    var linkTrimDue: Instant?
    var configurationWaiters: [(id: LogID, completion: (ConfigurationResult) -> Void)] = []
    /// Leadership was lost in the current turn.
    var hasLostLeadership = false
    var controlAnswers: [(id: UInt64, leader: NodeID, completion: (ByteBuffer?) -> Void)] = []
    /// Source of ids for reads, forwards, control requests and log reads. Starts at a random place, so that an answer
    /// meant for an earlier process of this node is not taken for one of ours.
    var nextToken: UInt64
    var isShuttingDown = false
    var idleWaiters: [(_ isIdle: Bool) -> Void] = []
    /// Set while the node takes over another cluster's id: nothing is stepped, requests wait.
    var isFrozen = false
    var statusDetailsDue = Instant(nanoseconds: 0)

    /// Carries out a control request that another node passed on to this one, and calls back, on the owner's thread,
    /// with the answer.
    package var onControlRequest: (_ payload: ByteBuffer, _ answer: @escaping (ByteBuffer) -> Void) -> Void = { _, _ in
    }

    /// Told, on the owner's thread, when role, term or known leader changed.
    package var onRoleChange: (_ role: Raft.Role, _ term: Term, _ leader: NodeID?) -> Void = { _, _, _ in }

    /// Answers from the core of what a change of configuration came to.
    package enum ConfigurationResult: Hashable, Sendable {
        case committed
        case unchanged
        case refused(ConfigurationOutcome.Refusal)
        /// Leadership was lost before the change was committed; it may still take effect.
        case unknown
    }

    /// What this node knows of the configuration when a majority has confirmed that it leads.
    package enum ConfirmedConfiguration: Sendable {
        case committed(Configuration)
        /// The configuration in force is not committed yet, so the one before it may come back.
        case changing
        case notLeader
    }

    /// `firstToken` is a random number. `raft` is taken over; its log up to `raft.lastLogID` is durable.
    package init(
        raft: consuming Raft, ports: ReplicaPorts, settings: ReplicaSettings = ReplicaSettings(), firstToken: UInt64
    ) {
        logWriter = ports.logWriter
        logReader = ports.logReader
        applier = ports.applier
        links = ports.links
        timekeeper = ports.timekeeper
        sinks = ports.sinks
        mailbox = ports.mailbox
        admission = ports.admission
        board = ports.board
        stateMachine = ports.stateMachine
        appliedInterest = ports.appliedInterest
        self.settings = settings
        ring = EntryRing(after: raft.lastLogID.index)
        applySubmitted = raft.appliedIndex
        // Room for an offset of `ReplicaLimits.forwardCommandsMax` below each token, and for counting up without overflow.
        nextToken = firstToken >> 24
        self.raft = raft
    }

    // MARK: What the owner tells

    /// Runs once after init, on the owner's thread, before any other call.
    package func start() {
        linkedMembers = raft.configuration.members
        links.membersChanged(linkedMembers)
        mailbox.requestTurn()
    }

    /// A message from a peer, already decoded and checked. It is handled in the next turn.
    package func receive(_ message: PeerMessage, from peer: NodeID) {
        inbound.append((peer, message))
    }

    /// A link to a peer is open. What was under way on an earlier one is lost.
    package func linkOpened(to peer: NodeID) {
        forgetLink(to: peer)
        mailbox.requestTurn()
    }

    /// The link to a peer closed, or a connection to it was refused.
    package func peerUnreachable(_ peer: NodeID) {
        unreachable.append(peer)
        mailbox.requestTurn()
    }

    func makeToken() -> UInt64 {
        nextToken += 1
        return nextToken
    }
}

/// The ports of a replica, gathered.
package struct ReplicaPorts {
    package var logWriter: any LogWriter
    package var logReader: any LogReader
    package var applier: any Applier
    package var links: any PeerLinks
    package var timekeeper: any Timekeeper
    /// In the order of `RequestTag.sink`.
    package var sinks: [any CompletionSink]
    package var mailbox: Mailbox
    package var admission: Admission
    package var board: StatusBoard
    /// Only its published index is read.
    package var stateMachine: any StateMachine
    package var appliedInterest: AppliedInterest

    package init(
        logWriter: any LogWriter, logReader: any LogReader, applier: any Applier, links: any PeerLinks,
        timekeeper: any Timekeeper, sinks: [any CompletionSink], mailbox: Mailbox, admission: Admission,
        board: StatusBoard, stateMachine: any StateMachine, appliedInterest: AppliedInterest
    ) {
        self.logWriter = logWriter
        self.logReader = logReader
        self.applier = applier
        self.links = links
        self.timekeeper = timekeeper
        self.sinks = sinks
        self.mailbox = mailbox
        self.admission = admission
        self.board = board
        self.stateMachine = stateMachine
        self.appliedInterest = appliedInterest
    }
}
