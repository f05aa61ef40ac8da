internal import Bytes
internal import ClusterControl
internal import HTTPAPI
internal import HotPath
internal import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import PeerTransport
internal import RaftCore
internal import Storage

/// One running node: the store, the threads, the replica with its ports, and both listeners. It wires and owns them and
/// knows the order in which they start and stop; it decides nothing itself.
///
/// ```
/// start   directory ─► threads ─► peer listener ─► replica ─► HTTP listener
/// stop    no new requests ─► leadership handed over ─► open ones answered ─► listeners ─► threads ─► directory
/// ```
final class Node: @unchecked Sendable {
    // Checked by hand: `delegate`, `addressCorrection`, `movedMembers`, `transport` and `timekeeper` are only touched
    // on `handle.eventLoop`; everything else is immutable or guards itself.
    let configuration: ServerConfiguration
    let board: StatusBoard
    let handle: ReplicaHandle
    private let logger: Logger
    private let store: NodeStore
    private let group: MultiThreadedEventLoopGroup
    private let mailbox: Mailbox
    private let admission = Admission()
    private let appliedInterest = AppliedInterest()
    private let http: HTTPServer
    private let membership: Membership
    private let transport: PeerTransport
    private let delegate: NodePeerDelegate
    private let addressCorrection: AddressCorrection
    private let movedMembers: MovedMembers
    private let timekeeper: LoopTimekeeper
    private let threads: NodeThreads
    private let openFiles: OpenFileWatch
    private let statusLog: StatusLog
    /// What runs next to the node until it stops.
    private let watching = NIOLockedValueBox<[Task<Void, Never>]>([])

    /// Puts the parts together. Nothing listens yet. The process may have `openFilesMax` files open.
    init(_ configuration: ServerConfiguration, store: NodeStore, openFilesMax: Int, logger: Logger) {
        self.configuration = configuration
        self.store = store
        self.logger = logger
        let nodeID = NodeID(configuration.nodeID)
        let startID = UInt64.random(in: .min ... .max)
        group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        let loops = Array(group.makeIterator())
        // Loop 0 owns the replica and the peers' sockets next to its share of the HTTP connections.
        let loop = loops[0]
        let handle = ReplicaHandle(eventLoop: loop)
        let turn: @Sendable () -> Void = { handle.turn() }
        let mailbox = Mailbox { loop.execute(turn) }
        board = StatusBoard(NodeStatus(nodeID: nodeID, clusterID: store.clusterID?.description ?? ""))
        var transportSettings = PeerTransportSettings(seed: startID)
        transportSettings.election = configuration.electionSettings
        transportSettings.unauthenticatedConnectionsMax =
            OpenFileBudget.unauthenticatedConnectionsMax(limit: openFilesMax)
        transport = PeerTransport(
            nodeID: nodeID, startID: startID, settings: transportSettings, loop: loop, logger: logger)
        membership = Membership(
            localID: nodeID, handle: handle, transport: TransportHandle(eventLoop: loop, transport: transport),
            board: board, clusterID: { store.facts.clusterID }, logger: logger)
        let acceptLog = AcceptLog(
            logger: logger, openFilesMax: openFilesMax, connectionsConfigured: configuration.connectionsMax)
        http = HTTPServer(
            group: group, settings: HTTPServerSettings(configuration), reader: store.stateMachine, board: board,
            control: membership, onAccepting: acceptLog.note
        ) { [admission] sink in
            SubmissionGateway(sink: sink, admission: admission, mailbox: mailbox)
        }
        threads = NodeThreads(
            store: store, sinks: http.sinks, mailbox: mailbox, admission: admission, board: board,
            appliedInterest: appliedInterest, logger: logger)
        delegate = NodePeerDelegate(
            startID: startID, configuration: configuration,
            history: OwnHistory(store, maintenance: threads.maintenance, eventLoop: loop), board: board, handle: handle,
            mailbox: mailbox, logger: logger)
        addressCorrection = AddressCorrection(configuration: configuration, membership: membership, logger: logger)
        movedMembers = MovedMembers(
            configuration: configuration, handle: handle, transport: transport, membership: membership)
        timekeeper = LoopTimekeeper(eventLoop: loop, onWake: turn)
        openFiles = OpenFileWatch(
            budget: OpenFileBudget(limit: openFilesMax, peerConnectionsMax: transportSettings.connectionsMax),
            connectionsConfigured: configuration.connectionsMax, http: http)
        statusLog = StatusLog(board: board, logger: logger)
        self.handle = handle
        self.mailbox = mailbox
    }

    // MARK: Start

    /// Starts to listen and to take part in the cluster. Throws one line for the operator; then call `stop` all the
    /// same.
    func start(_ recovered: Raft.Recovered) async throws(StartFailure) {
        let host = configuration.raftHost ?? ""
        let port = configuration.raftPort
        let opened: Result<Void, any Error> = await withCheckedContinuation { continuation in
            handle.eventLoop.execute { [self] in
                startReplica(recovered)
                transport.delegate = delegate
                delegate.transport = transport
                transport.start(host: host, port: port).whenComplete { continuation.resume(returning: $0) }
            }
        }
        if case .failure(let error) = opened { throw StartFailure("\(error)") }
        try openFiles.checkAtStart()
        do throws(HTTPServerError) {
            let httpPort = try await http.bind()
            await onLoop { $0.delegate.httpPort = httpPort }
        } catch {
            throw StartFailure("\(error)")
        }
        watching.withLockedValue { [openFiles, statusLog] in
            $0 = [Task { await openFiles.run() }, Task { await statusLog.run() }]
        }
    }

    /// On the loop. The replica may run its turns before a peer is linked.
    private func startReplica(_ recovered: Raft.Recovered) {
        let raft = Raft(
            id: NodeID(configuration.nodeID), settings: configuration.raftSettings, recovered: recovered,
            seed: .random(in: .min ... .max), now: timekeeper.now)
        board.publish(appliedIndex: store.stateMachine.appliedIndex, revision: store.stateMachine.revision)
        let ports = ReplicaPorts(
            logWriter: threads.log, logReader: threads.logReads, applier: threads.apply, links: transport,
            timekeeper: timekeeper, sinks: http.sinks, mailbox: mailbox, admission: admission, board: board,
            stateMachine: store.stateMachine, appliedInterest: appliedInterest)
        let replica = Replica(
            raft: raft, ports: ports, settings: configuration.replicaSettings,
            firstID: .random(in: .min ... .max))
        let membership = membership
        let loop = handle.eventLoop
        replica.onControlRequest = { payload, answer in
            let answer = NIOLoopBound(answer, eventLoop: loop)
            Task {
                let reply = await membership.performForPeer(payload)
                loop.execute { answer.value(reply) }
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
        replica.onTrouble = TroubleLog(logger: logger, localID: NodeID(configuration.nodeID)).note
        handle.set(replica)
        replica.start()
        watchForLeader()
    }

    /// On the loop, which ends the watch when it ends.
    private func watchForLeader() {
        let loop = handle.eventLoop
        let absence = NIOLoopBoundBox(NoLeaderLog(), eventLoop: loop)
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [board, logger] _ in
            let status = board.current
            guard !status.isShuttingDown else { return }
            if let line = absence.value.note(
                WhyNoLeader(status), now: Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds))
            {
                logger.warning("\(line)")
            }
        }
    }

    /// The facts of the start banner that the configuration does not hold.
    func bannerFacts() async -> Banner.Facts {
        let (raftPort, httpPort) = await onLoop { ($0.transport.boundPort ?? 0, $0.delegate.httpPort ?? 0) }
        let status = board.current
        let httpAnnounced = configuration.announcedHTTPAddress(boundPort: httpPort)
        let raftAnnounced = configuration.announcedRaftAddress(boundPort: raftPort)
        return Banner.Facts(
            httpListening: "\(configuration.httpHost ?? "*"):\(httpPort)",
            raftListening: "\(configuration.raftHost ?? "*"):\(raftPort)",
            httpAdvertised: httpAnnounced?.description,
            raftAdvertised: raftAnnounced?.description
                ?? status.configuration[NodeID(configuration.nodeID)].flatMap {
                    $0.raftAddress.isEmpty ? nil : $0.raftAddress
                },
            clusterID: store.clusterID?.description, members: status.configuration.members.map(\.id.name),
            openFilesMax: openFiles.budget.limit, connectionsMax: openFiles.shortage())
    }

    // MARK: Stop

    /// Stops in an order that leaves no request without an answer and the cluster with a leader. Safe after a failed
    /// start.
    func stop() async {
        await onLoop {
            $0.addressCorrection.stop()
            $0.movedMembers.stop()
        }
        for task in watching.withLockedValue({ $0 }) { task.cancel() }
        let hasReplica = await onLoop { $0.handle.isSet }
        if hasReplica {
            await handle.onLoop { $0.beginShutdown() }
            await handOverLeadership()
        }
        let drain = Deadline(configuration.shutdownDrain)
        if hasReplica { await finishOpenRequests(until: drain) }
        // Answers that are ready still have to reach their sockets.
        await http.shutdown(withinMilliseconds: Int64(max(250, drain.remainingMilliseconds)))
        await withCheckedContinuation { continuation in
            handle.eventLoop.execute { [self] in
                transport.shutdown().whenComplete { _ in continuation.resume() }
            }
        }
        await threads.shutdown()
        do throws(StorageError) {
            try store.close()
        } catch {
            logger.error("the store was not closed cleanly; the next start recovers from what is durable: \(error)")
        }
        do {
            try await group.shutdownGracefully()
        } catch {
            logger.error("the event loops did not end cleanly: \(error)")
        }
    }

    /// Thesis 3.10: the target takes over only when it has the whole log, so what was proposed here is committed by
    /// then.
    private func handOverLeadership() async {
        let mustHandOver = await handle.onLoop { $0.role == .leader && $0.configuration.voterCount > 1 }
        guard mustHandOver else { return }
        let transfer = Deadline(.seconds(1))
        await handle.onLoop { $0.transferLeadership(to: nil) }
        while await handle.onLoop({ $0.role == .leader }), await transfer.pause() {}
    }

    private func finishOpenRequests(until drain: Deadline) async {
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

    private func onLoop<Result: Sendable>(_ body: @escaping @Sendable (Node) -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            handle.eventLoop.execute { continuation.resume(returning: body(self)) }
        }
    }
}
