internal import HTTPAPI
internal import HotPath
internal import KeyValue
internal import Logging
internal import NIOCore
internal import PeerTransport
internal import RaftCore

/// Joins and removals: carried out on the leader, passed on to it from every other node.
///
/// A join dials the joiner first and asks who it is. A joiner that is its own one-node cluster without data drops its
/// history and takes this cluster's id; then it enters as a learner and becomes a voter once it has caught up (thesis
/// 4.2.1). Every step can be repeated, so a join that failed half-way is completed by asking again.
actor Membership: ClusterControl {
    private let handle: ReplicaHandle
    private let transport: TransportHandle
    private let board: StatusBoard
    private let clusterID: @Sendable () -> ClusterID?
    private let localID: NodeID
    private let logger: Logger

    init(
        localID: NodeID, handle: ReplicaHandle, transport: TransportHandle, board: StatusBoard,
        clusterID: @escaping @Sendable () -> ClusterID?, logger: Logger
    ) {
        self.localID = localID
        self.handle = handle
        self.transport = transport
        self.board = board
        self.clusterID = clusterID
        self.logger = logger
    }

    // MARK: ClusterControl

    func perform(_ request: ControlRequest) async -> ControlAnswer {
        let deadline = Deadline(milliseconds: request.timeoutMilliseconds)
        while true {
            if await handle.onLoop({ $0.role == .leader && $0.hasCommittedInCurrentTerm }) {
                return await performAsLeader(request, deadline: deadline)
            }
            if let answer = await askLeader(request) { return answer }
            guard await deadline.pause() else {
                return ControlAnswer(
                    code: .noLeader,
                    message: "no leader was found in time: look at /readyz of the members and try again")
            }
        }
    }

    /// A request that another node passed on. Never passed on again, so that two nodes cannot play ball with it.
    func performForPeer(_ payload: ByteBuffer) async -> ByteBuffer {
        let answer: ControlAnswer
        do throws(CodecError) {
            let request = try ControlCodec.decodeRequest(payload)
            if await handle.onLoop({ $0.role == .leader }) {
                answer = await performAsLeader(request, deadline: Deadline(milliseconds: request.timeoutMilliseconds))
            } else {
                answer = ControlAnswer(
                    code: .noLeader, message: "the node that was asked is no longer the leader: try again")
            }
        } catch {
            answer = ControlAnswer(code: .invalidArgument, message: "a peer sent a malformed control request: \(error)")
        }
        return ControlCodec.encode(answer)
    }

    private func askLeader(_ request: ControlRequest) async -> ControlAnswer? {
        let payload = ControlCodec.encode(request)
        let reply: ByteBuffer? = await handle.waiting { replica, done in replica.askLeader(payload, completion: done) }
        guard let reply else { return nil }
        do throws(CodecError) {
            let answer = try ControlCodec.decodeAnswer(reply)
            return answer.code == .noLeader ? nil : answer
        } catch {
            return ControlAnswer(code: .internal, message: "the leader's answer could not be read: \(error)")
        }
    }

    private func performAsLeader(_ request: ControlRequest, deadline: Deadline) async -> ControlAnswer {
        do throws(ControlFailure) {
            let warning: String?
            switch request {
            case .join(let join): warning = try await self.join(join, deadline: deadline)
            case .remove(let remove): warning = try await self.remove(remove, deadline: deadline)
            }
            return ControlAnswer(code: .ok, warning: warning, statsJSON: RaftStats.json(board.current))
        } catch {
            if case .handedOver(let answer) = error { return answer }
            return ControlAnswer(code: error.code, message: error.message)
        }
    }

    // MARK: Join

    /// Returns a warning for the user, if there is one.
    private func join(_ request: JoinRequest, deadline: Deadline) async throws(ControlFailure) -> String? {
        try checkStrings(of: request)
        let joiner = try await transport.introduce(to: request.raftAddress, deadline: deadline)
        let joinerID = joiner.nodeID
        // The leader is a member of its own cluster already.
        if joinerID == localID, joiner.incarnation == transport.incarnation { return nil }
        guard joinerID != localID else {
            throw .refused(
                .nodeIDConflict,
                "\(request.raftAddress) answers as \(joinerID), which is the leader itself: "
                    + "give each node its own RAFT_NODE_ID")
        }
        let configuration = await handle.onLoop { $0.configuration }
        if let other = configuration.member(named: request.nodeID), other.id != joinerID {
            throw .refused(
                .nodeIDConflict,
                "\(request.nodeID) is a name of \(other.id), but the node at \(request.raftAddress) calls itself "
                    + "\(joinerID): join it under its own name, or correct the address")
        }
        if configuration[joinerID] == nil, configuration.members.count >= RaftSettings().memberCountMax {
            throw ConfigurationOutcome.Refusal.tooManyMembers.failure(of: .promote(joinerID))
        }
        try await adoptIfForeign(joiner, request: request, deadline: deadline)
        try await announceOwnAddress(seenBy: joiner, configuration: configuration, deadline: deadline)

        let aliases = mergedAliases(for: joinerID, requested: request.nodeID, in: configuration)
        let member = Member(
            id: joinerID, role: .learner, raftAddress: request.raftAddress,
            httpAddress: request.httpAddress ?? joiner.httpAddress, aliases: aliases)
        try await change(.addLearner(member), deadline: deadline)
        if !request.asLearner {
            if request.wait {
                try await change(.promote(joinerID), deadline: deadline)
            } else {
                Task { await self.promoteLater(joinerID) }
            }
        }
        logger.info("joined \(joinerID) at \(request.raftAddress)")
        guard joinerID.name != request.nodeID else { return nil }
        return "the node at \(request.raftAddress) calls itself \(joinerID); it joined under that id, "
            + "and \(request.nodeID) is kept as an alias"
    }

    private func checkStrings(of request: JoinRequest) throws(ControlFailure) {
        for text in [request.nodeID, request.raftAddress, request.httpAddress ?? ""]
        where text.utf8.count > ConfigurationCodec.stringBytesMax {
            throw .refused(
                .invalidArgument, "a name or address may have \(ConfigurationCodec.stringBytesMax) bytes at most")
        }
        guard !request.nodeID.isEmpty, !request.raftAddress.isEmpty else {
            throw .refused(.invalidArgument, "node_id and raft_address must not be empty")
        }
    }

    private func mergedAliases(for id: NodeID, requested name: String, in configuration: Configuration) -> [String] {
        var aliases = configuration[id]?.aliases ?? []
        if name != id.name, !aliases.contains(name) { aliases.append(name) }
        return Array(aliases.suffix(ConfigurationCodec.aliasCountMax))
    }

    /// A joiner with another cluster id gives up its own one-node history and takes ours.
    private func adoptIfForeign(
        _ joiner: PeerIntroduction, request: JoinRequest, deadline: Deadline
    ) async throws(ControlFailure) {
        guard let clusterID = clusterID() else {
            throw .refused(.internal, "this node leads but belongs to no cluster")
        }
        guard joiner.clusterID != clusterID else { return }
        let name = joiner.nodeID
        let configuration = try await settledConfiguration(for: name, deadline: deadline)
        if let member = configuration[name] {
            throw .refused(
                .nodeIDConflict,
                "\(name) is a member already, at \(member.raftAddress), but the node at \(request.raftAddress) has "
                    + "lost that history: remove \(name) first (POST /raft/remove), then join it again")
        }
        if joiner.memberCount > 1, !request.force {
            throw .refused(
                .clusterMismatch,
                "error add voter: \(name) belongs to another cluster of \(joiner.memberCount) members; "
                    + "remove it there, or pass \"force\":true to make it leave that cluster and lose its data")
        }
        if joiner.holdsUserData, !request.force {
            throw .refused(
                .joinerNotEmpty,
                "error add voter: \(name) already holds \(joiner.approximateKeyCount) keys; "
                    + "wipe it or pass \"force\":true")
        }
        let local = configuration[localID]
        let adoption = AdoptionRequest(
            nodeID: name, incarnation: joiner.incarnation, clusterID: clusterID, force: request.force,
            leaderID: localID, leaderAddress: local?.raftAddress ?? "")
        try await transport.adopt(at: request.raftAddress, request: adoption, deadline: deadline)
    }

    /// Adoption makes the joiner a server of this cluster that remembers no vote and no entry. In a configuration where
    /// it is a voter it could elect a leader without acknowledged writes. So it must be no member in a configuration
    /// that is committed, as the leader knows it: an uncommitted removal, or the view of a leader that was deposed, may
    /// still give way to a configuration with its former self.
    private func settledConfiguration(
        for joiner: NodeID, deadline: Deadline
    ) async throws(ControlFailure) -> Configuration {
        while true {
            let confirmed: Replica.ConfirmedConfiguration = await handle.waiting { replica, done in
                replica.confirmConfiguration(completion: done)
            }
            switch confirmed {
            case .committed(let configuration):
                return configuration
            case .notLeader:
                throw ConfigurationOutcome.Refusal.notLeader.failure(of: .promote(joiner))
            case .changing:
                guard await deadline.pause() else {
                    throw ConfigurationOutcome.Refusal.changeInProgress.failure(of: .promote(joiner))
                }
            }
        }
    }

    /// Nobody has to know the own address: the first joiner tells at which address it sees this node.
    private func announceOwnAddress(
        seenBy joiner: PeerIntroduction, configuration: Configuration, deadline: Deadline
    ) async throws(ControlFailure) {
        guard var local = configuration[localID], local.raftAddress.isEmpty, !joiner.addressSeen.isEmpty else {
            return
        }
        local.raftAddress = joiner.addressSeen
        try await change(.addLearner(local), deadline: deadline)
    }

    /// For a join that does not wait.
    private func promoteLater(_ id: NodeID) async {
        do throws(ControlFailure) {
            try await change(.promote(id), deadline: Deadline(milliseconds: 600_000))
        } catch {
            logger.warning("\(id) stays a learner: \(error.message)")
        }
    }

    // MARK: Remove

    private func remove(_ request: RemoveRequest, deadline: Deadline) async throws(ControlFailure) -> String? {
        let configuration = await handle.onLoop { $0.configuration }
        guard let member = configuration.member(named: request.nodeID) else {
            // As raft-sample: what is not there is as good as removed.
            return "no member is called \(request.nodeID)"
        }
        if member.role == .voter, configuration.voterCount == 1 {
            throw .refused(
                .wouldLoseQuorum, "\(member.id) is the only voter: without it the cluster cannot commit anything")
        }
        if member.id == localID { return try await removeSelf(request, deadline: deadline) }
        if !request.force { try await checkQuorum(without: member, in: configuration, deadline: deadline) }
        try await change(.remove(member.id), deadline: deadline)
        logger.info("removed \(member.id)")
        return nil
    }

    /// The remaining voters must have a majority that answers. A new leader has not heard everyone yet, so it listens
    /// for a moment before it refuses.
    private func checkQuorum(
        without member: Member, in configuration: Configuration, deadline: Deadline
    ) async throws(ControlFailure) {
        guard member.role == .voter else { return }
        let others = configuration.members.filter { $0.role == .voter && $0.id != member.id }
        let patience = Deadline(milliseconds: min(1_500, deadline.remainingMilliseconds))
        while true {
            let progress = await handle.onLoop { $0.followerProgress }
            let live = others.filter { other in
                // A member whose connection has just closed was active a moment ago; it takes no entries any more.
                other.id == localID
                    || progress.contains { $0.id == other.id && $0.isRecentlyActive && $0.state == .replicate }
            }
            if live.count >= others.count / 2 + 1 { return }
            guard await patience.pause() else {
                throw .refused(
                    .wouldLoseQuorum,
                    "without \(member.id) only \(live.count) of \(others.count) voters answer, which is no majority; "
                        + "start the others first, or pass \"force\":true")
            }
        }
    }

    /// A leader that is to leave hands over first, and the next leader removes it.
    private func removeSelf(_ request: RemoveRequest, deadline: Deadline) async throws(ControlFailure) -> String? {
        await handle.onLoop { $0.transferLeadership(to: nil) }
        while await handle.onLoop({ $0.role == .leader || $0.leaderID == nil }) {
            guard await deadline.pause() else {
                throw .refused(.timeout, "the leader could not hand over in time; nothing was removed, try again")
            }
        }
        while true {
            if let answer = await askLeader(.remove(request)) { throw .handedOver(answer) }
            guard await deadline.pause() else {
                throw .refused(.timeout, "the new leader did not answer in time; ask it again")
            }
        }
    }

    // MARK: One change

    /// Proposes one change and waits until it is committed. What hinders it for a moment is tried again until the
    /// deadline.
    private func change(_ change: ConfigurationChange, deadline: Deadline) async throws(ControlFailure) {
        while true {
            let result: Replica.ConfigurationResult = await handle.waiting { replica, done in
                replica.changeConfiguration(change, completion: done)
            }
            switch result {
            case .committed, .unchanged:
                return
            case .unknown:
                throw .refused(
                    .timeout, "leadership was lost before the change was committed; look at /raft/stats and ask again")
            case .refused(let refusal):
                guard refusal.isPassing, await deadline.pause() else { throw refusal.failure(of: change) }
            }
        }
    }
}
