internal import Bytes
internal import HotPath
internal import Logging
internal import NIOCore
internal import NodeControl
internal import PeerTransport
internal import RaftCore
internal import Storage

/// One process of a simulated control plane: the whole node but for its HTTP listener, its configuration and its
/// threads.
final class ControlProcess {
    struct MaintenanceJob {
        /// Does the work, and returns what reports it.
        var work: () -> () -> Void
        var fail: () -> Void
    }

    let machine: ControlMachine
    let life: UInt32
    let loop: SimulatedLoop
    let executor: SimulatedExecutor
    let workers: ControlWorkers
    let core: NodeCore
    let store: NodeStore
    let fileSystem: SimulatedFileSystem
    let sockets: SimulatedSockets
    let gateway: SubmissionGateway
    var worker: ApplyWorker
    /// The log as the replica has handed it out.
    var shadow: ShadowLog
    /// What the log that a snapshot has replaced stands for from then on, until the replica has taken note of it.
    var installed: (lastIncluded: LogID, entries: [Entry])?

    var jobs: [LogJob] = []
    var applyJobs: [ApplyJob] = []
    var logReads: [(range: LogRange, bytesMax: Int, id: UInt64)] = []
    var maintenance: [MaintenanceJob] = []
    var isSyncing = false
    var isApplying = false
    var isDead = false
    var isStopping = false
    /// A cluster has dialled it as its member, while it is one of its own.
    var isExpectedElsewhere = false

    // MARK: Remembered by the checks

    var wasLeader = false
    var termSeen = Term.zero
    var commitSeen = LogIndex.zero
    /// The last entry at which it found that all data agree, as a leader.
    var agreedSeen: LogIndex?

    init(
        _ machine: ControlMachine, in world: ControlWorld, _ store: NodeStore, _ fileSystem: SimulatedFileSystem,
        shadow: ShadowLog
    ) {
        self.machine = machine
        self.store = store
        self.fileSystem = fileSystem
        self.shadow = shadow
        life = machine.life
        let clock = NodeClock(origin: world.drawForNodes() % (1 << 40), partsPerMillion: machine.drift)
        let loop = SimulatedLoop(machine: machine.number) { [unowned world] in
            .uptimeNanoseconds(clock.reading(at: world.now).nanoseconds)
        } wake: { [unowned world] loop, deadline in
            let time = clock.time(of: Instant(nanoseconds: deadline.uptimeNanoseconds), now: world.now)
            world.schedule(.pass(loop, number: loop.wakeNumber), at: time)
        }
        self.loop = loop
        let workers = ControlWorkers(world)
        self.workers = workers
        let executor = SimulatedExecutor { [unowned world] in
            if let process = workers.process { world.wakeTasks(of: process) }
        }
        self.executor = executor
        let sockets = SimulatedSockets(world.network, machine: machine.number, life: life, loop: loop)
        self.sockets = sockets
        let draw = Confined(world)
        let failing = Confined(workers)
        core = NodeCore(
            Self.settings(of: machine, world), store: store,
            in: NodeCore.Surroundings(
                eventLoop: loop, tasks: ControlTasks(eventLoop: loop) { executor.spawn($0) }, maintenance: workers,
                snapshotThread: workers, sockets: sockets, drawSeed: { draw.value.drawForNodes() },
                statistics: { _ in "{}" },
                onStoreFailure: { failure in
                    if let process = failing.value.process { draw.value.storeFailed(process, failure) }
                }),
            logger: Logger(label: "simulated") { _ in SwiftLogNoOpLogHandler() })
        worker = ApplyWorker(
            stateMachine: store.stateMachine, log: store.log, sinks: [workers], mailbox: core.mailbox,
            admission: core.admission, board: core.board, appliedInterest: core.appliedInterest,
            comparer: workers)
        gateway = SubmissionGateway(sink: 0, admission: core.admission, mailbox: core.mailbox)
        workers.process = self
    }

    private static func settings(of machine: ControlMachine, _ world: ControlWorld) -> NodeSettings {
        var transport = PeerTransportSettings(seed: world.drawForNodes())
        transport.tick = .milliseconds(50)
        transport.dialPauseMax = .milliseconds(300)
        transport.passiveDialPause = .milliseconds(200)
        transport.connectTimeout = .milliseconds(500)
        #if MUTANTS
        transport.mutant = world.settings.raft.mutant
        #endif
        var raft = world.settings.raft
        raft.featureLevel = machine.featureLevel
        var settings = NodeSettings(
            nodeID: machine.id, addresses: addresses(of: machine), raft: raft,
            replica: world.settings.replica, transport: transport, softwareVersion: "simulated")
        settings.snapshotChunkBytesMax = 64 << world.draws.compaction.below(6)
        return settings
    }

    static func addresses(of machine: ControlMachine) -> AnnouncedAddresses {
        AnnouncedAddresses(
            raftHost: machine.announcesAddress ? MachineAddress(machine.number).host : nil,
            raftPort: MachineAddress.port, raftAdvertise: nil, httpHost: nil, httpPort: 0, httpAdvertise: nil)
    }

    /// Nothing that the process does reaches anybody from now on; what it waits for ends. False if a task never ends.
    func takeAway() -> Bool {
        isDead = true
        workers.process = nil
        sockets.close()
        for job in maintenance { job.fail() }
        maintenance.removeAll()
        executor.cancelAll()
        _ = executor.spawn { [core] in await core.closeLinks() }
        // What the node looks at from time to time would begin something in each round.
        executor.close()
        var rounds = 0
        while executor.runningCount > 0, rounds < 2_000 {
            executor.drain()
            loop.end()
            rounds += 1
        }
        loop.cancelTimers()
        core.letGo()
        return executor.runningCount == 0
    }
}
