internal import Bytes
internal import ClusterControl
internal import HotPath
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import PeerTransport
internal import Programs
internal import RaftCore
internal import Storage

/// This node's side of the conversations with its peers: messages go to the replica, handshakes are answered, and a
/// leader's request to give up this node's one-node history is carried out. Confined to the replica's loop.
final class NodePeerDelegate: PeerTransportDelegate {
    private let nodeID: NodeID
    private let startID: UInt64
    private let configuration: ServerConfiguration
    private let store: NodeStore
    private let board: StatusBoard
    private let handle: ReplicaHandle
    private let mailbox: Mailbox
    private let maintenance: NIOThreadPool
    private let logger: Logger
    /// Weak: the transport is owned by the node.
    weak var transport: PeerTransport?
    /// The port of the HTTP listener, once bound.
    var httpPort: Int?
    private var isAdopting = false

    init(
        startID: UInt64, configuration: ServerConfiguration, store: NodeStore, board: StatusBoard,
        handle: ReplicaHandle, mailbox: Mailbox, maintenance: NIOThreadPool, logger: Logger
    ) {
        nodeID = NodeID(configuration.nodeID)
        self.startID = startID
        self.configuration = configuration
        self.store = store
        self.board = board
        self.handle = handle
        self.mailbox = mailbox
        self.maintenance = maintenance
        self.logger = logger
    }

    // MARK: PeerTransportDelegate

    func received(_ message: PeerMessage, from peer: NodeID) -> PeerRefusal? {
        handle.withReplica { $0.receive(message, from: peer) }
    }

    /// The turn runs as a task of the loop, so that it also takes what other sockets brought in the same pass.
    func receivedReadEnded() { mailbox.requestTurn() }

    func linkOpened(to peer: NodeID) {
        handle.withReplica { $0.linkOpened(to: peer) }
    }

    func peerUnreachable(_ peer: NodeID) {
        handle.withReplica { $0.peerUnreachable(peer) }
    }

    func introduction() -> Introduction {
        let status = board.current
        let http = configuration.httpAdvertise.map(\.description) ?? httpPort.map { ":\($0)" } ?? ""
        var introduction = Introduction(
            clusterID: store.clusterID, raftAddress: configuration.raftAdvertise?.description, httpAddress: http,
            softwareVersion: Release.version, memberCount: status.configuration.members.count)
        do throws(StorageError) {
            introduction.holdsUserData = try !store.isEmpty()
            introduction.approximateKeyCount = store.facts.approximateKeyCount
        } catch {
            // Data that could not be read must not be overwritten.
            logger.error("the store could not be asked for user data: \(error)")
            introduction.holdsUserData = true
        }
        return introduction
    }

    func adoptionRequested(_ request: AdoptionRequest, answer: @escaping (AdoptionAnswer) -> Void) {
        if let immediate = verdict(on: request) {
            answer(immediate)
            return
        }
        guard !isAdopting else {
            answer(.refused(.internal, message: "\(nodeID) is being taken in already: try again in a moment"))
            return
        }
        isAdopting = true
        let deadline = Deadline(.seconds(10))
        handle.withReplica { replica in
            // Once the replica is idle nothing new is proposed, so the state that is checked then stays as it is.
            replica.whenIdle { [self] isIdle in
                // The wait may have been long: whoever asked may be gone, and the node may be stopping.
                let late: AdoptionAnswer? =
                    isIdle && deadline.remainingMilliseconds > 0
                    ? nil : .refused(.internal, message: "\(nodeID) was busy for too long: try again")
                if let refusal = verdict(on: request) ?? late {
                    isAdopting = false
                    answer(refusal)
                    return
                }
                replica.freeze()
                dropHistory(request, answer: NIOLoopBound(answer, eventLoop: handle.eventLoop))
            }
        }
    }

    // MARK: Adoption

    /// The answer that needs no change, or nil. A node that is of that cluster already has nothing to give up: its
    /// entries may be counted as acknowledged there.
    private func verdict(on request: AdoptionRequest) -> AdoptionAnswer? {
        let status = board.current
        if store.clusterID == request.clusterID { return .accepted }
        guard request.nodeID == nodeID, request.startID == startID else {
            return .refused(.otherNode, message: "another node or another process of it was meant: join again")
        }
        if status.isShuttingDown { return .refused(.shuttingDown, message: "\(nodeID) is stopping") }
        if status.configuration.members.count > 1, !request.force {
            return .refused(.memberOfOtherCluster, message: "\(nodeID) has fellow members in another cluster")
        }
        return nil
    }

    /// On the maintenance thread: one atomic, synced write; then the replica starts over with an empty log.
    private func dropHistory(
        _ request: AdoptionRequest, answer: NIOLoopBound<(AdoptionAnswer) -> Void>
    ) {
        let store = store
        let dropped = maintenance.runIfActive(eventLoop: handle.eventLoop) { () throws -> Raft.Recovered? in
            guard try request.force || store.isEmpty() else { return nil }
            try store.resetForJoin(clusterID: request.clusterID)
            return try store.recover()
        }
        dropped.assumeIsolated().whenComplete { [self] result in
            isAdopting = false
            switch result {
            case .success(let recovered?):
                startOver(recovered, request)
                answer.value(.accepted)
            case .success(nil):
                handle.withReplica { $0.unfreeze() }
                answer.value(
                    .refused(
                        .holdsUserData,
                        message: "\(nodeID) took writes meanwhile; wipe it or pass \"force\":true"))
            case .failure(let error):
                NodeThreads.stopProcess(
                    for: StoreFailure(operation: "drop the own history for a join", message: "\(error)"),
                    logger: logger)
            }
        }
    }

    private func startOver(_ recovered: Raft.Recovered, _ request: AdoptionRequest) {
        logger.notice("joins the cluster \(request.clusterID) of \(request.leaderID); the own history is dropped")
        board.publish(appliedIndex: .zero, revision: 0)
        board.update { $0.clusterID = request.clusterID.description }
        handle.withReplica { replica in
            replica.restart(
                with: Raft(
                    id: nodeID, settings: configuration.raftSettings, recovered: recovered,
                    seed: .random(in: .min ... .max), now: replica.now))
        }
        transport?.clusterIDChanged()
    }
}
