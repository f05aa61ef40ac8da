package import NIOCore
package import RaftCore

/// One node's share of the cluster: the consensus core and everything that moves around it. It owns the core, the entry
/// ring and the requests that wait, and is confined to one thread, its owner. Time, log, peers and state machine are
/// ports, so the simulator drives the same code.
///
/// All work happens in turns. A turn takes in everything that arrived since the last one, steps the core once per
/// event, and carries the effects out once:
///
/// ```
/// bursts ───────┐                         ┌─► LogWriter     one job
/// peer messages ┤   step, step, step …    ├─► PeerLinks     one flush per peer
/// durability    ├─► turn ── effects ──────┤
/// applied       ┤                         ├─► Applier       one range
/// timer ────────┘                         └─► sinks         answers that need no apply, last
/// ```
///
/// The fields of `RaftCore.Effects` state what is durable before what; this type keeps that order and decides nothing
/// about consensus itself. Everything that waits is kept in a value that decides alone when its elements expire: it
/// hands them out, and the replica, which joins the values, calls links, sinks and admission. No value calls out while
/// it is being changed, because a port may call back.
package final class Replica {
    let ports: ReplicaPorts
    let settings: ReplicaSettings

    // MARK: The core

    var raft: Raft
    var effects = Effects()

    // MARK: Arrived since the last turn

    var inbox = MailboxContents()
    var peerInbox = PeerInbox()

    // MARK: The log on its way

    var ring: EntryRing
    var logJobs = LogJobs()
    var heldMessages = HeldMessages()
    var catchUp = CatchUp()
    var unapplied: UnappliedRanges

    // MARK: Requests that wait

    var heldBursts: HeldBursts
    var proposals = OpenProposals()
    var forwardedWrites: ForwardedWrites
    var forwardOrigins = ForwardOrigins()
    var reads: PendingReadIndex
    var controlWaits = ControlWaits()
    var answers: Answers
    var ids: RequestIDs

    // MARK: Life

    var memberLinks: MemberLinks
    var standstill = Standstill()
    var standing = Standing()

    /// Carries out a control request that another node passed on to this one, and calls back, on the owner's thread,
    /// with the answer.
    package var onControlRequest: (_ payload: ByteBuffer, _ answer: @escaping (ByteBuffer) -> Void) -> Void = { _, _ in
    }

    /// Called on the owner's thread when role, term or known leader changed.
    package var onRoleChange: (_ role: Raft.Role, _ term: Term, _ leader: NodeID?) -> Void = { _, _, _ in }

    /// Called on the owner's thread.
    package var onTrouble: (Trouble) -> Void = { _ in }

    /// `firstID` is a random number. `raft` is taken over; its log up to `raft.lastLogID` is durable.
    package init(
        raft: consuming Raft, ports: ReplicaPorts, settings: ReplicaSettings = ReplicaSettings(), firstID: UInt64
    ) {
        self.ports = ports
        self.settings = settings
        ring = EntryRing(after: raft.lastLogID.index)
        unapplied = UnappliedRanges(applied: raft.appliedIndex)
        logJobs.compaction = settings.compaction.map {
            LogCompaction($0, last: raft.lastLogID.index, cut: raft.compactedLogID, now: ports.timekeeper.now)
        }
        heldBursts = HeldBursts(
            leaderWaitNanoseconds: settings.leaderWaitNanoseconds, retryNanoseconds: settings.retryNanoseconds)
        forwardedWrites = ForwardedWrites(waitNanoseconds: settings.answerWaitNanoseconds)
        reads = PendingReadIndex(
            retryNanoseconds: settings.readRetryNanoseconds, waitNanoseconds: settings.answerWaitNanoseconds)
        answers = Answers(sinkCount: ports.sinks.count)
        memberLinks = MemberLinks(trimNanoseconds: settings.linkTrimNanoseconds)
        ids = RequestIDs(random: firstID)
        standing.verdicts = ports.stateMachine.verdicts
        self.raft = raft
    }

    // MARK: Calls of the owner

    /// Runs once after init, on the owner's thread, before any other call.
    package func start() {
        memberLinks.restart(with: raft.configuration.members)
        ports.links.membersChanged(memberLinks.members)
        // Before anything is served.
        noteVerdicts(now: ports.timekeeper.now)
        ports.mailbox.requestTurn()
    }

    /// A message from a peer, decoded. It is judged here, and handled in the next turn unless it is refused. The caller
    /// closes the link on a refusal that `endsLink`.
    package func receive(_ message: PeerMessage, from peer: NodeID) -> PeerRefusal? {
        if let refusal = PeerGate.refusal(of: message, from: peer, at: raft) {
            guard case .unknownCommands = refusal, case .forwardedWrites(let id, let count, _) = message else {
                return refusal
            }
            refuseForwarded(id: id, count: count, .notSupported, from: peer)
            ports.mailbox.requestTurn()
            return refusal
        }
        peerInbox.append(.message(message), from: peer)
        return nil
    }

    /// A link to a peer is open. Everything that was under way on an earlier one is lost.
    package func linkOpened(to peer: NodeID) {
        peerInbox.append(.linkOpened, from: peer)
        ports.mailbox.requestTurn()
    }

    /// The link to a peer closed, or a connection to it was refused.
    package func peerUnreachable(_ peer: NodeID) {
        peerInbox.append(.linkClosed, from: peer)
        ports.mailbox.requestTurn()
    }
}
