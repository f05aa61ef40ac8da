internal import Bytes
internal import HotPath
internal import KeyValue
internal import RaftCore
internal import Storage

/// Everything of a node that a crash takes away: a real `Replica` with its doors and its apply worker, on ports that
/// belong to the simulation.
final class SimulatedProcess {
    let node: SimulatedNode
    let life: UInt32
    let clock: NodeClock
    let replica: Replica
    let gateway: SubmissionGateway
    let admission: Admission
    let board: StatusBoard
    let storage: SimulatedStorage
    let stateMachine: CheckedStateMachine
    let mailbox: Mailbox
    let ports: ProcessPorts
    var worker: ApplyWorker
    var shadow: ShadowLog

    // MARK: Scheduled

    var isTurnScheduled = false
    var isApplyScheduled = false
    /// The latest setting of the timer.
    var timerSetting: UInt64 = 0
    var isFlushScheduled = false
    /// The apply thread waits for a table to be written.
    var isApplyBlocked = false
    var applyJobs: [ApplyJob] = []
    var logReads: [(range: LogRange, bytesMax: Int, id: UInt64)] = []
    /// Reads of the log that are done, and whose entries have not been sent.
    var readsAtHand = 0
    var recordReads: [RecordRead] = []
    var snapshots = SimulatedSnapshots()
    var compactionStage = CompactionStage.idle
    /// What the thread for comparisons has to do, oldest first. It holds parts of the store.
    var comparisonWork: [Simulation.ComparisonWork] = []
    /// A turn is under way.
    var isInTurn = false

    // MARK: Remembered by the checks

    var roleSeen = Raft.Role.follower
    var commitSeen = LogIndex.zero
    var appliedSeen = LogIndex.zero
    var configurationSeen = LogIndex.zero
    var termSeen = Term.zero
    var isStopping = false
    /// Changes of members that were asked for here and are not answered.
    var openChanges = 0
    var stalledAsLeader = false
    /// The last entry at which it found that all data agree, as a leader.
    var agreedSeen: LogIndex?
    /// It knows that its data are wrong.
    var isCondemned = false
    /// As the leader of a term: by node, the last entry that was sent to it.
    var sent = (term: Term.zero, through: [LogIndex]())
    /// A message was replayed that was sent in an earlier session.
    var hasMetReplay = false
    var membership = MembershipIsBelieved()
    let raftSettings: RaftSettings
    /// The feature levels that those have announced to whom it has a link.
    var levelsTold: [NodeID: UInt8] = [:]
    /// An election timeout after its start, by its own clock.
    let abstentionEnd: Instant
    var hasHeardLeader = false

    /// `recovered` is what the storage has read back.
    init(
        _ node: SimulatedNode, in simulation: Simulation, clock: NodeClock, settings: SimulationSettings, seed: UInt64,
        _ storage: SimulatedStorage, _ recovered: Raft.Recovered
    ) {
        self.node = node
        self.storage = storage
        self.clock = clock
        life = node.life
        let ports = ProcessPorts(node: node.number, life: node.life, simulation: simulation)
        self.ports = ports
        let wake = Confined(ports)
        mailbox = Mailbox { wake.value.wake() }
        admission = Admission()
        let interest = AppliedInterest()
        board = StatusBoard(NodeStatus(nodeID: node.id, clusterID: "simulated"))
        stateMachine = CheckedStateMachine(storage.store.stateMachine, node.disk.data)
        board.publish(appliedIndex: stateMachine.appliedIndex, revision: stateMachine.revision)
        let sink = SimulatedSink(Confined(ports))
        let comparer = SimulatedComparer(Confined(ports))
        let now = clock.reading(at: simulation.now)
        var raftSettings = settings.raft
        raftSettings.featureLevel = node.featureLevel
        self.raftSettings = raftSettings
        abstentionEnd = now.advanced(byNanoseconds: settings.raft.electionTimeoutNanosecondsMin)
        let raft = Raft(
            id: node.id, instance: storage.store.facts.instance, settings: raftSettings, recovered: recovered,
            seed: seed, now: now)
        replica = Replica(
            raft: raft,
            ports: ReplicaPorts(
                logWriter: ports, logReader: ports, applier: ports, links: ports, snapshots: ports,
                timekeeper: ports, sinks: [sink], mailbox: mailbox, admission: admission, board: board,
                stateMachine: stateMachine, appliedInterest: interest, maintainer: ports, comparer: comparer),
            settings: settings.replica, firstID: SplitMix64.scramble(seed))
        worker = ApplyWorker(
            stateMachine: stateMachine, log: storage.store.log, sinks: [sink], mailbox: mailbox, admission: admission,
            board: board, appliedInterest: interest, comparer: comparer)
        gateway = SubmissionGateway(sink: 0, admission: admission, mailbox: mailbox)
        shadow = ShadowLog(node.disk.log)
        termSeen = node.disk.hardState.currentTerm
        appliedSeen = stateMachine.appliedIndex
        commitSeen = appliedSeen
        configurationSeen = shadow.configurations.last?.index ?? .zero
        ports.process = self
    }
}
