internal import Bytes
internal import ClusterControl
internal import HTTPAPI
internal import HotPath
internal import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import NodeControl
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
final class Node: Sendable {
    let configuration: ServerConfiguration
    private let logger: Logger
    private let store: NodeStore
    private let group: MultiThreadedEventLoopGroup
    private let core: NodeCore
    private let http: HTTPServer
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
        group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        // Loop 0 owns the replica and the peers' sockets next to its share of the HTTP connections.
        let loop = Array(group.makeIterator())[0]
        let settings = configuration.nodeSettings(startID: .random(in: .min ... .max), openFilesMax: openFilesMax)
        let maintenance = NIOThreadPool(numberOfThreads: 1)
        let snapshotThread = NIOThreadPool(numberOfThreads: 1)
        let core = NodeCore(
            settings, store: store,
            in: NodeCore.Surroundings(
                eventLoop: loop, tasks: ControlTasks(eventLoop: loop), maintenance: maintenance,
                snapshotThread: snapshotThread, drawSeed: { .random(in: .min ... .max) }, statistics: RaftStats.json,
                onStoreFailure: { NodeThreads.stopProcess(for: $0, logger: logger) }),
            logger: logger)
        self.core = core
        let acceptLog = AcceptLog(
            logger: logger, openFilesMax: openFilesMax, connectionsConfigured: configuration.connectionsMax)
        http = HTTPServer(
            group: group, settings: HTTPServerSettings(configuration), reader: store.stateMachine, board: core.board,
            control: core.membership, onAccepting: acceptLog.note
        ) { sink in
            SubmissionGateway(sink: sink, admission: core.admission, mailbox: core.mailbox)
        }
        threads = NodeThreads(
            store: store, core: core, sinks: http.sinks, pools: [maintenance, snapshotThread], logger: logger)
        openFiles = OpenFileWatch(
            budget: OpenFileBudget(limit: openFilesMax, peerConnectionsMax: settings.transport.connectionsMax),
            connectionsConfigured: configuration.connectionsMax, http: http)
        statusLog = StatusLog(board: core.board, logger: logger)
    }

    // MARK: Start

    /// Starts to listen and to take part in the cluster. Throws one line for the operator; then call `stop` all the
    /// same.
    func start(_ recovered: Raft.Recovered) async throws(StartFailure) {
        let opened: Result<Void, any Error> = await withCheckedContinuation { continuation in
            core.eventLoop.execute { [self] in
                core.start(recovered, threads.workers).whenComplete { continuation.resume(returning: $0) }
            }
        }
        if case .failure(let error) = opened { throw StartFailure("\(error)") }
        try openFiles.checkAtStart()
        do throws(HTTPServerError) {
            let httpPort = try await http.bind()
            await onLoop { $0.httpPort = httpPort }
        } catch {
            throw StartFailure("\(error)")
        }
        watching.withLockedValue { [openFiles, statusLog] in
            $0 = [Task { await openFiles.run() }, Task { await statusLog.run() }]
        }
    }

    /// The facts of the start banner that the configuration does not hold.
    func bannerFacts() async -> Banner.Facts {
        let (raftPort, httpPort) = await onLoop { ($0.raftPort ?? 0, $0.httpPort ?? 0) }
        let status = core.board.current
        let httpAnnounced = configuration.addresses.http(boundPort: httpPort)
        let raftAnnounced = configuration.addresses.raft(boundPort: raftPort)
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
        for task in watching.withLockedValue({ $0 }) { task.cancel() }
        let hasReplica = await core.stopTakingRequests()
        let drain = core.tasks.deadline(
            inMilliseconds: Int(configuration.shutdownDrain.nanoseconds / 1_000_000))
        if hasReplica { await core.finishOpenRequests(until: drain) }
        // Answers that are ready still have to reach their sockets.
        await http.shutdown(withinMilliseconds: Int64(max(250, drain.remainingMilliseconds)))
        await core.closeLinks()
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

    private func onLoop<Result: Sendable>(_ body: @escaping @Sendable (NodeCore) -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            core.eventLoop.execute { [core] in continuation.resume(returning: body(core)) }
        }
    }
}
