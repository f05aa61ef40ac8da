internal import ClusterControl
internal import HotPath
internal import Logging
internal import PeerTransport
internal import RaftCore

/// One join, carried out on the leader.
///
/// It dials the joiner first and asks who it is. A joiner that is its own one-node cluster without data drops its
/// history and takes this cluster's id; then it enters as a learner and becomes a voter once it has caught up (thesis
/// 4.2.1).
struct Join {
    let request: JoinRequest
    let deadline: Deadline
    let localID: NodeID
    let handle: ReplicaHandle
    let transport: TransportHandle
    let clusterID: @Sendable () -> ClusterID?
    let logger: Logger

    /// Returns a warning for the user, if there is one.
    func run() async throws(ControlFailure) -> String? {
        try checkStrings()
        let joiner = try await transport.introduce(to: request.raftAddress, deadline: deadline)
        // The leader is a member of its own cluster already.
        if joiner.nodeID == localID, joiner.startID == transport.startID { return nil }
        let configuration = await handle.onLoop { $0.configuration }
        try checkNames(of: joiner, in: configuration)
        try await adoptIfForeign(joiner)
        try await announceOwnAddress(seenBy: joiner, in: configuration)
        try await handle.change(.addLearner(member(for: joiner, in: configuration)), deadline: deadline)
        if !request.asLearner { try await promote(joiner.nodeID) }
        logger.info("joined \(joiner.nodeID) at \(request.raftAddress)")
        guard joiner.nodeID.name != request.nodeID else { return nil }
        return "the node at \(request.raftAddress) calls itself \(joiner.nodeID); it joined under that id, "
            + "and \(request.nodeID) is kept as an alias"
    }

    // MARK: Checks

    private func checkStrings() throws(ControlFailure) {
        for text in [request.nodeID, request.raftAddress, request.httpAddress ?? ""]
        where text.utf8.count > ConfigurationCodec.stringBytesMax {
            throw .refused(
                .invalidArgument, "a name or address may have \(ConfigurationCodec.stringBytesMax) bytes at most")
        }
        guard !request.nodeID.isEmpty, !request.raftAddress.isEmpty else {
            throw .refused(.invalidArgument, "node_id and raft_address must not be empty")
        }
    }

    /// The joiner's id is free or its own, the name in the request is nobody else's, and there is room.
    private func checkNames(
        of joiner: PeerIntroduction, in configuration: Configuration
    ) throws(ControlFailure) {
        guard joiner.nodeID != localID else {
            throw .refused(
                .nodeIDConflict,
                "\(request.raftAddress) answers as \(joiner.nodeID), which is the leader itself: "
                    + "give each node its own RAFT_NODE_ID")
        }
        if let other = configuration.member(named: request.nodeID), other.id != joiner.nodeID {
            throw .refused(
                .nodeIDConflict,
                "\(request.nodeID) is a name of \(other.id), but the node at \(request.raftAddress) calls itself "
                    + "\(joiner.nodeID): join it under its own name, or correct the address")
        }
        if configuration[joiner.nodeID] == nil, configuration.members.count >= RaftSettings().memberCountMax {
            throw ConfigurationOutcome.Refusal.tooManyMembers.failure
        }
    }

    // MARK: Adoption

    /// A joiner with another cluster id gives up its own one-node history and takes ours.
    private func adoptIfForeign(_ joiner: PeerIntroduction) async throws(ControlFailure) {
        guard let clusterID = clusterID() else {
            throw .refused(.internal, "this node leads but belongs to no cluster")
        }
        guard joiner.clusterID != clusterID else { return }
        // Adoption makes the joiner a server of this cluster that remembers no vote and no entry. In a configuration
        // where it is a voter it could elect a leader without acknowledged writes. So it must be no member in a
        // configuration that is committed, as the leader knows it: an uncommitted removal, or the view of a leader that
        // was deposed, may still give way to a configuration with its former self.
        let configuration = try await handle.committedConfiguration(deadline: deadline)
        let name = joiner.nodeID
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
        let adoption = AdoptionRequest(
            nodeID: name, startID: joiner.startID, clusterID: clusterID, force: request.force,
            leaderID: localID, leaderAddress: configuration[localID]?.raftAddress ?? "")
        try await transport.adopt(at: request.raftAddress, request: adoption, deadline: deadline)
    }

    // MARK: Changes of the configuration

    /// No node has to know its own address: the first joiner says at which address it sees this one.
    private func announceOwnAddress(
        seenBy joiner: PeerIntroduction, in configuration: Configuration
    ) async throws(ControlFailure) {
        guard var local = configuration[localID], local.raftAddress.isEmpty, !joiner.addressSeen.isEmpty else {
            return
        }
        local.raftAddress = joiner.addressSeen
        try await handle.change(.addLearner(local), deadline: deadline)
    }

    /// With the requested name among its aliases, if that is not its own.
    private func member(for joiner: PeerIntroduction, in configuration: Configuration) -> Member {
        var aliases = configuration[joiner.nodeID]?.aliases ?? []
        if request.nodeID != joiner.nodeID.name, !aliases.contains(request.nodeID) { aliases.append(request.nodeID) }
        return Member(
            id: joiner.nodeID, role: .learner, raftAddress: request.raftAddress,
            httpAddress: request.httpAddress ?? joiner.httpAddress,
            aliases: Array(aliases.suffix(ConfigurationCodec.aliasCountMax)))
    }

    private func promote(_ id: NodeID) async throws(ControlFailure) {
        if request.wait { return try await handle.change(.promote(id), deadline: deadline) }
        Task {
            do throws(ControlFailure) {
                try await handle.change(.promote(id), deadline: Deadline(milliseconds: 600_000))
            } catch {
                logger.warning("\(id) stays a learner: \(error.message)")
            }
        }
    }
}
