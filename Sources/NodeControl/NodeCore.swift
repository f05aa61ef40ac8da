internal import ClusterControl
package import HotPath
package import Logging
package import NIOCore
package import PeerTransport
package import RaftCore
package import Storage

/// A node apart from its threads and its HTTP listener: the replica, the links to its peers, and joins and removals,
/// with the doors between them. `Node` runs it on an event loop of the process, a simulation on one of its own.
///
/// ```
/// init ─► start ─► … ─► stopTakingRequests ─► finishOpenRequests ─► closeLinks
/// ```
package final class NodeCore: @unchecked Sendable {
    // Checked by hand: `delegate`, `addressCorrection`, `movedMembers`, `featureLevelRaise`, `logMaintenance`,
    // `transport` and `timekeeper` are only touched on `eventLoop`; everything else is immutable or guards itself.

    /// What carries out the replica's effects outside of the loop.
    package struct Workers {
        let logWriter: any LogWriter
        let logReader: any LogReader
        let applier: any Applier
        let comparer: any StateComparer
        /// In the order of `RequestTag.sink`.
        let sinks: [any CompletionSink]

        package init(
            logWriter: any LogWriter, logReader: any LogReader, applier: any Applier, comparer: any StateComparer,
            sinks: [any CompletionSink]
        ) {
            self.logWriter = logWriter
            self.logReader = logReader
            self.applier = applier
            self.comparer = comparer
            self.sinks = sinks
        }
    }

    /// Where a node gets from what its surroundings decide.
    package struct Surroundings {
        let eventLoop: any EventLoop
        let tasks: ControlTasks
        let maintenance: any Maintenance
        /// Reads and writes snapshots; one piece of work at a time, in order.
        let snapshotThread: any Maintenance
        /// Nil: those of the operating system.
        let sockets: (any PeerSockets)?
        /// Draws 64 random bits; called on `eventLoop` or before anything runs there.
        let drawSeed: () -> UInt64
        /// The state of the cluster in words, for the answer to a request that was carried out.
        let statistics: @Sendable (NodeStatus) -> String
        /// The store failed: nobody knows what is on disk, so nothing of this node may act any more, whether the call
        /// returns or not.
        let onStoreFailure: @Sendable (StoreFailure) -> Void

        package init(
            eventLoop: any EventLoop, tasks: ControlTasks, maintenance: any Maintenance,
            snapshotThread: any Maintenance, sockets: (any PeerSockets)? = nil, drawSeed: @escaping () -> UInt64,
            statistics: @escaping @Sendable (NodeStatus) -> String,
            onStoreFailure: @escaping @Sendable (StoreFailure) -> Void
        ) {
            self.eventLoop = eventLoop
            self.tasks = tasks
            self.maintenance = maintenance
            self.snapshotThread = snapshotThread
            self.sockets = sockets
            self.drawSeed = drawSeed
            self.statistics = statistics
            self.onStoreFailure = onStoreFailure
        }
    }

    package let eventLoop: any EventLoop
    package let tasks: ControlTasks
    package let board: StatusBoard
    package let mailbox: Mailbox
    package let admission = Admission()
    package let appliedInterest = AppliedInterest()
    /// Joins and removals, for the HTTP API.
    package let membership: Membership
    private let settings: NodeSettings
    private let handle: ReplicaHandle
    private let store: NodeStore
    private let transport: PeerTransport
    private let snapshots: NodeSnapshots
    private let delegate: NodePeerDelegate
    private let addressCorrection: AddressCorrection
    private let movedMembers: MovedMembers
    private let featureLevelRaise: FeatureLevelRaise
    private let logMaintenance: LogMaintenance
    private let timekeeper: LoopTimekeeper
    private let drawSeed: () -> UInt64
    private let logger: Logger

    /// Puts the parts together. Nothing listens yet, and nothing is sent.
    package init(_ settings: NodeSettings, store: NodeStore, in surroundings: Surroundings, logger: Logger) {
        self.settings = settings
        self.store = store
        self.logger = logger
        drawSeed = surroundings.drawSeed
        let loop = surroundings.eventLoop
        eventLoop = loop
        tasks = surroundings.tasks
        let handle = ReplicaHandle(eventLoop: loop, tasks: surroundings.tasks)
        self.handle = handle
        let turn: @Sendable () -> Void = { handle.turn() }
        mailbox = Mailbox { loop.execute(turn) }
        timekeeper = LoopTimekeeper(eventLoop: loop, onWake: turn)
        let board = StatusBoard(NodeStatus(nodeID: settings.nodeID, clusterID: store.clusterID?.description ?? ""))
        self.board = board
        transport = PeerTransport(
            nodeID: settings.nodeID, startID: settings.startID, settings: settings.transport, loop: loop,
            logger: logger, sockets: surroundings.sockets)
        snapshots = NodeSnapshots(
            of: store, on: loop, thread: surroundings.snapshotThread, mailbox: mailbox,
            chunkBytesMax: settings.snapshotChunkBytesMax, drawSeed: drawSeed, logger: logger)
        delegate = NodePeerDelegate(
            settings: settings, history: OwnHistory(store, maintenance: surroundings.maintenance, eventLoop: loop),
            board: board, handle: handle, mailbox: mailbox, drawSeed: drawSeed,
            onStoreFailure: surroundings.onStoreFailure, logger: logger)
        membership = Membership(
            localID: settings.nodeID, handle: handle, transport: TransportHandle(eventLoop: loop, transport: transport),
            statistics: { [statistics = surroundings.statistics] in statistics(board.current) },
            clusterID: { store.facts.clusterID }, logger: logger)
        addressCorrection = AddressCorrection(
            nodeID: settings.nodeID, addresses: settings.addresses, membership: membership, logger: logger)
        featureLevelRaise = FeatureLevelRaise(
            settings: settings.raft, localID: settings.nodeID, handle: handle, transport: membership.transport,
            logger: logger)
        logMaintenance = LogMaintenance(
            handle: handle, store: store, maintenance: surroundings.maintenance, eventLoop: loop, logger: logger)
        movedMembers = MovedMembers(
            localID: settings.nodeID, addresses: settings.addresses, handle: handle, transport: transport,
            membership: membership)
    }

    // MARK: Start

    /// Listens for peers and takes part in the cluster. The future fails if the port cannot be had; call the steps of
    /// the stop all the same. On `eventLoop`, once.
    package func start(_ recovered: Raft.Recovered, _ workers: Workers) -> EventLoopFuture<Void> {
        startReplica(recovered, workers)
        transport.delegate = delegate
        transport.snapshotSource = snapshots
        snapshots.transport = transport
        delegate.transport = transport
        return transport.start(host: settings.addresses.raftHost ?? "", port: settings.addresses.raftPort)
    }

    /// The replica may run its turns before a peer is linked.
    private func startReplica(_ recovered: Raft.Recovered, _ workers: Workers) {
        let raft = Raft(
            id: settings.nodeID, instance: store.facts.instance, settings: settings.raft, recovered: recovered,
            seed: drawSeed(), now: timekeeper.now)
        board.publish(appliedIndex: store.stateMachine.appliedIndex, revision: store.stateMachine.revision)
        let ports = ReplicaPorts(
            logWriter: workers.logWriter, logReader: workers.logReader, applier: workers.applier, links: transport,
            snapshots: snapshots, timekeeper: timekeeper, sinks: workers.sinks, mailbox: mailbox,
            admission: admission, board: board, stateMachine: store.stateMachine, appliedInterest: appliedInterest,
            maintainer: logMaintenance, comparer: workers.comparer)
        let replica = Replica(raft: raft, ports: ports, settings: settings.replica, firstID: drawSeed())
        replica.onControlRequest = { [membership, tasks, eventLoop] payload, answer in
            let answer = NIOLoopBound(answer, eventLoop: eventLoop)
            _ = tasks.spawn {
                let reply = await membership.performForPeer(payload)
                eventLoop.execute { answer.value(reply) }
            }
        }
        let roleLog = RoleLog(logger: logger)
        delegate.onLinkOpened = movedMembers.look
        replica.onRoleChange = { [handle, transport, delegate, addressCorrection, movedMembers] role, term, leader in
            roleLog.note(role: role, term: term, leader: leader)
            if role == .leader { movedMembers.lookAtAll() }
            guard leader != nil else { return }
            addressCorrection.leaderFound(
                known: handle.withReplica { $0.configuration }, raftPort: transport.boundPort,
                httpPort: delegate.httpPort)
        }
        replica.onTrouble = TroubleLog(logger: logger, localID: settings.nodeID).note
        handle.set(replica)
        replica.start()
        watchCluster()
    }

    /// The loop ends the watch when it ends.
    private func watchCluster() {
        let levels = NIOLoopBound(featureLevelRaise, eventLoop: eventLoop)
        let snapshots = NIOLoopBound(snapshots, eventLoop: eventLoop)
        let absence = NIOLoopBoundBox(NoLeaderLog(), eventLoop: eventLoop)
        eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) {
            [board, logger, eventLoop] _ in
            let status = board.current
            guard !status.isShuttingDown else { return }
            levels.value.look()
            snapshots.value.freeReplacedData()
            if let line = absence.value.note(
                WhyNoLeader(status), now: Instant(nanoseconds: eventLoop.now.uptimeNanoseconds))
            {
                logger.warning("\(line)")
            }
        }
    }

    /// On `eventLoop`: of the listener for peers, once bound.
    package var raftPort: Int? { transport.boundPort }

    /// On `eventLoop`: the port of the HTTP listener, once bound.
    package var httpPort: Int? {
        get { delegate.httpPort }
        set { delegate.httpPort = newValue }
    }

    /// On `eventLoop`, after `start`.
    package func withReplica<Result>(_ body: (Replica) -> Result) -> Result { handle.withReplica(body) }

    // MARK: Stop

    /// Takes no new requests and hands leadership over. False if the replica was never started.
    package func stopTakingRequests() async -> Bool {
        let hasReplica = await onLoop {
            $0.addressCorrection.stop()
            $0.movedMembers.stop()
            $0.featureLevelRaise.stop()
            return $0.handle.isSet
        }
        guard hasReplica else { return false }
        await handle.onLoop { $0.beginShutdown() }
        await handOverLeadership()
        return true
    }

    /// Thesis 3.10: the target takes over only when it has the whole log, so what was proposed here is committed by
    /// then.
    private func handOverLeadership() async {
        let mustHandOver = await handle.onLoop { $0.role == .leader && $0.configuration.voterCount > 1 }
        guard mustHandOver else { return }
        let transfer = tasks.deadline(inMilliseconds: 1_000)
        await handle.onLoop { $0.transferLeadership(to: nil) }
        while await handle.onLoop({ $0.role == .leader }), await transfer.pause() {}
    }

    /// Waits until every request has its answer, or the time is up. After `stopTakingRequests` returned true.
    package func finishOpenRequests(until drain: Deadline) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [handle] in
                await handle.waiting { replica, done in
                    replica.whenIdle(timeoutMilliseconds: drain.remainingMilliseconds) { _ in done(()) }
                }
            }
            group.addTask { [handle] in
                while await drain.pause() {}
                await handle.onLoop { $0.abandonIdleWaiters() }
            }
            await group.next()
            group.cancelAll()
        }
    }

    package func closeLinks() async {
        await withCheckedContinuation { continuation in
            eventLoop.execute { [self] in
                snapshots.end()
                transport.shutdown().whenComplete { _ in continuation.resume() }
            }
        }
    }

    /// On `eventLoop`, when nothing runs there any more: lets go of the replica, so that memory is given back where the
    /// process lives longer than the node.
    package func letGo() {
        if handle.isSet {
            handle.withReplica {
                $0.onControlRequest = { _, _ in }
                $0.onRoleChange = { _, _, _ in }
                $0.onTrouble = { _ in }
            }
        }
        delegate.onLinkOpened = { _ in }
        handle.clear()
    }

    private func onLoop<Result: Sendable>(_ body: @escaping @Sendable (NodeCore) -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            eventLoop.execute { continuation.resume(returning: body(self)) }
        }
    }
}
