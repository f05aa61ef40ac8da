internal import Bytes
internal import ClusterControl
internal import HotPath
internal import Logging
internal import NIOCore
internal import PeerTransport
internal import RaftCore

/// This node's side of the conversations with its peers: messages go to the replica, handshakes are answered, and a
/// leader's request to give up this node's one-node history is carried out. Confined to the replica's loop, so nothing
/// here waits for the store.
final class NodePeerDelegate: PeerTransportDelegate {
    private let nodeID: NodeID
    private let startID: UInt64
    private let settings: NodeSettings
    private let history: OwnHistory
    private let board: StatusBoard
    private let handle: ReplicaHandle
    private let mailbox: Mailbox
    /// For the core of another history.
    private let drawSeed: () -> UInt64
    private let onStoreFailure: @Sendable (StoreFailure) -> Void
    private let logger: Logger
    /// Weak: the transport is owned by the node.
    weak var transport: PeerTransport?
    /// Called after the replica has heard of a new link.
    var onLinkOpened: (NodeID) -> Void = { _ in }
    /// The port of the HTTP listener, once bound.
    var httpPort: Int?
    private var isAdopting = false

    init(
        settings: NodeSettings, history: OwnHistory, board: StatusBoard, handle: ReplicaHandle,
        mailbox: Mailbox, drawSeed: @escaping () -> UInt64, onStoreFailure: @escaping @Sendable (StoreFailure) -> Void,
        logger: Logger
    ) {
        nodeID = settings.nodeID
        self.drawSeed = drawSeed
        self.onStoreFailure = onStoreFailure
        startID = settings.startID
        self.settings = settings
        self.history = history
        self.board = board
        self.handle = handle
        self.mailbox = mailbox
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
        onLinkOpened(peer)
    }

    func peerUnreachable(_ peer: NodeID) {
        handle.withReplica { $0.peerUnreachable(peer) }
    }

    func introduction() -> Introduction {
        let instance = history.instance
        let configuration = board.current.configuration
        // What another instance of this name is says nothing about this one.
        let own = configuration[nodeID].flatMap { $0.instance == instance ? $0 : nil }
        let http = settings.addresses.http(boundPort: httpPort)?.description
        return Introduction(
            clusterID: history.clusterID, instance: instance, memberSince: own?.since ?? .zero,
            raftAddress: settings.addresses.raft(boundPort: transport?.boundPort)?.description,
            isRaftAddressSet: settings.addresses.raftAdvertise != nil,
            httpAddress: http ?? httpPort.map { ":\($0)" } ?? "", softwareVersion: settings.softwareVersion,
            memberCount: configuration.members.count, featureLevel: settings.announcedFeatureLevel)
    }

    func expected(by peer: NodeID, of cluster: ClusterID) {
        let configuration = board.current.configuration
        guard history.clusterID != nil, configuration.members.count == 1, configuration[nodeID] != nil,
            !settings.raft.has(.servesUnfenced)
        else { return }
        let fence = Fence(dialler: peer, clusterID: cluster.description)
        if handle.fence(fence, cluster) { logger.error("fenced: \(fence.sentence)") }
    }

    func displaced(by peer: NodeID, since: LogIndex) {
        // Whoever knows another instance as the member knows of a removal before: that word has its own rules.
        _ = handle.withReplica { $0.receive(.removed(index: since), from: peer) }
        mailbox.requestTurn()
    }

    func adoptionRequested(_ request: AdoptionRequest, answer: @escaping (AdoptionAnswer) -> Void) {
        if let immediate = verdict(on: request) {
            answer(immediate)
            return
        }
        guard !isAdopting else {
            answer(.refused(.busy, message: "\(nodeID) is being taken in already: try again in a moment"))
            return
        }
        isAdopting = true
        let finish = { [self] (outcome: AdoptionAnswer) in
            isAdopting = false
            answer(outcome)
        }
        // A node that will refuse remains as it is; only one that may accept has to come to rest.
        guard request.consent.isEmpty else { return checkConsent(request, finish) }
        guard history.mayHoldUsersData, !settings.raft.has(.adoptsWithoutConsent) else {
            return comeToRest(for: request, finish)
        }
        history.usersKeyCount().assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(nil): comeToRest(for: request, finish)
            case .success(let count?): finish(holdsUserData("already holds \(count) keys"))
            // Data that could not be read must not be overwritten.
            case .failure(let error):
                finish(.refused(.internal, message: "\(nodeID) could not be asked for users' data: \(error)"))
            }
        }
    }

    // MARK: Adoption

    private func checkConsent(_ request: AdoptionRequest, _ finish: @escaping (AdoptionAnswer) -> Void) {
        history.hasConsent(request.consent).assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(true): comeToRest(for: request, finish)
            case .success(false):
                finish(
                    .refused(
                        .wrongConsent,
                        message: "the consent is not the one that was given on \(nodeID), or it is used up: run "
                            + "skiffd consent there again"))
            case .failure(let error):
                finish(.refused(.internal, message: "\(nodeID) could not read the consent in its directory: \(error)"))
            }
        }
    }

    private var isAlone: Bool { board.current.configuration.members.count <= 1 }

    /// The answer that needs no change, or nil. A node that is of that cluster already has nothing to give up: its
    /// entries may be counted as acknowledged there.
    private func verdict(on request: AdoptionRequest) -> AdoptionAnswer? {
        let status = board.current
        guard request.nodeID == nodeID, request.startID == startID else {
            return .refused(.otherNode, message: "another node or another process of it was meant: join again")
        }
        if history.clusterID == request.clusterID { return .unchanged }
        if status.isShuttingDown { return .refused(.shuttingDown, message: "\(nodeID) is stopping") }
        if !isAlone, request.consent.isEmpty {
            return .refused(
                .memberOfOtherCluster,
                message: "\(nodeID) has fellow members in another cluster; to make it leave them, \(Join.howToConsent)")
        }
        return nil
    }

    private func comeToRest(for request: AdoptionRequest, _ finish: @escaping (AdoptionAnswer) -> Void) {
        let deadline = handle.tasks.deadline(inMilliseconds: 10_000)
        handle.withReplica { replica in
            // Once the replica is idle nothing new is proposed, so the state that is checked then stays as it is.
            replica.whenIdle(timeoutMilliseconds: deadline.remainingMilliseconds) { [self] isIdle in
                // The wait may have been long: whoever asked may be gone, and the node may be stopping.
                let late: AdoptionAnswer? =
                    isIdle && deadline.remainingMilliseconds > 0
                    ? nil : .refused(.busy, message: "\(nodeID) was busy for too long: try again")
                if let refusal = verdict(on: request) ?? late { return finish(refusal) }
                replica.freeze()
                dropHistory(for: request, finish)
            }
        }
    }

    /// One atomic, synced write; then the replica starts over with an empty log.
    private func dropHistory(for request: AdoptionRequest, _ finish: @escaping (AdoptionAnswer) -> Void) {
        let hadHistory = history.clusterID != nil
        let instance = InstanceID(high: drawSeed(), low: drawSeed())
        let drop = history.drop(
            for: request.clusterID, as: instance, consent: request.consent, isAlone: isAlone,
            asksNobody: settings.raft.has(.adoptsWithoutConsent))
        drop.assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let recovered?):
                logger.notice(
                    "joins the cluster \(request.clusterID) of \(request.leaderID)\(hadHistory ? Self.isDropped : "")")
                startOver(recovered)
                finish(.accepted(instance))
            case .success(nil):
                handle.withReplica { $0.unfreeze() }
                finish(holdsUserData("took writes meanwhile"))
            case .failure(let error):
                // The end of this node: whatever it would answer, nobody knows what is on its disk.
                onStoreFailure(StoreFailure(operation: "drop the own history for a join", message: "\(error)"))
            }
        }
    }

    private static let isDropped = "; the own history is dropped"

    private func holdsUserData(_ finding: String) -> AdoptionAnswer {
        .refused(.holdsUserData, message: "\(nodeID) \(finding); to make it lose them, \(Join.howToConsent)")
    }

    private func startOver(_ recovered: Raft.Recovered) {
        handle.forgetFence()
        board.publish(appliedIndex: .zero, revision: 0)
        board.update { $0.clusterID = history.clusterID?.description ?? "" }
        handle.withReplica { replica in
            replica.restart(
                with: Raft(
                    id: nodeID, instance: history.instance, settings: settings.raft, recovered: recovered,
                    seed: drawSeed(), now: replica.now))
        }
        transport?.clusterIDChanged()
    }
}
