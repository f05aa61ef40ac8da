internal import Bytes
internal import ClusterControl
internal import HotPath
internal import Logging
internal import PeerTransport
internal import RaftCore

/// One join, carried out on the leader.
///
/// It dials the joiner first and asks who it is. A joiner that is its own one-node cluster without data drops its
/// history and takes this cluster's id; then it enters as a learner and becomes a voter once it has caught up (thesis
/// 4.2.1). A failure says what the steps before it have changed.
struct Join {
    /// Checked (`ControlRequest.checked`).
    let request: JoinRequest
    let deadline: Deadline
    let localID: NodeID
    let handle: ReplicaHandle
    let transport: TransportHandle
    let clusterID: @Sendable () -> ClusterID?
    let logger: Logger

    /// Returns a warning for the user, if there is one.
    func run() async throws(ControlFailure) -> String? {
        if request.isUpdate, request.nodeID == localID.name { return try await correctOwnAddress() }
        let joiner = try await transport.introduce(to: request.raftAddress, deadline: deadline)
        try checkName(of: joiner)
        let (configuration, verdicts) = await handle.onLoop { ($0.configuration, $0.verdicts) }
        guard joiner.nodeID != localID else {
            // Its own place in the cluster may still be taken back, as long as the entry is not committed.
            return try checkSelf(joiner, in: try await handle.committedConfiguration(until: deadline))
        }
        var warnings: [String] = []
        let draft = MemberDraft(
            request: request, nodeID: joiner.nodeID, raftAddress: await address(of: joiner, &warnings),
            httpAddress: request.httpAddress ?? joiner.httpAddress,
            instance: joiner.clusterID == clusterID() ? joiner.instance : nil, verdicts: verdicts)
        _ = try draft.member(in: configuration)
        try checkSettings(of: joiner, isMember: configuration[joiner.nodeID] != nil, &warnings)
        try checkFeatureLevel(of: joiner, in: configuration)
        try await carryOut(draft, joiner, in: configuration)
        logger.info("joined \(joiner.nodeID) at \(draft.raftAddress)")
        if joiner.nodeID.name != request.nodeID {
            warnings.append(
                "the node at \(request.raftAddress) calls itself \(joiner.nodeID); it joined under that id, "
                    + "and \(request.nodeID) is kept as an alias")
        }
        return warnings.isEmpty ? nil : warnings.joined(separator: "; ")
    }

    /// The steps that change something, in this order.
    private func carryOut(
        _ draft: MemberDraft, _ joiner: PeerIntroduction, in configuration: Configuration
    ) async throws(ControlFailure) {
        var hasAdopted = false
        var hasEntered = false
        var draft = draft
        do throws(ControlFailure) {
            let instance = try await adoptIfForeign(joiner)
            hasAdopted = instance != nil
            if let instance { draft.instance = instance }
            let entrant = draft
            if request.asLearner { await handle.replacePromotion(of: joiner.nodeID, with: nil) }
            try await announceOwnAddress(seenBy: joiner, in: configuration)
            hasEntered = try await handle.change(until: deadline) { configuration throws(ControlFailure) in
                // It may have been raised meanwhile.
                try checkFeatureLevel(of: joiner, in: configuration)
                return .addLearner(try entrant.member(in: configuration))
            }
            if !request.asLearner, !request.isUpdate { try await promote(joiner.nodeID) }
        } catch {
            // Its name may be another directory's by now.
            let isMember = await handle.onLoop { [instance = draft.instance] replica in
                guard let member = replica.configuration[joiner.nodeID] else { return false }
                return member.instance == nil || member.instance == instance
            }
            throw error.after(Self.effect(hasAdopted: hasAdopted, hasEntered: hasEntered, isMember: isMember))
        }
    }

    /// What remains of the steps of a join that failed. Meanwhile another request may have taken the joiner in, for
    /// which it had to drop its history as well, or out again.
    static func effect(hasAdopted: Bool, hasEntered: Bool, isMember: Bool) -> ControlEffect {
        (isMember ? hasEntered : hasAdopted) ? .partly : .no
    }

    // MARK: Checks

    /// By the rule for `RAFT_NODE_ID`, which every honest node keeps.
    private func checkName(of joiner: PeerIntroduction) throws(ControlFailure) {
        let name = joiner.nodeID.name
        guard NodeIDFlaw(in: name) == nil else {
            throw .refused(
                .clusterMismatch,
                "the node at \(request.raftAddress) calls itself \"\(name.escapedForLog(charactersMax: 256))\", which "
                    + "is no node id")
        }
    }

    /// The leader has dialled a node with its own id: itself, which is a member already, or a node that took its name.
    /// Returns a warning if the request asks for more than that.
    private func checkSelf(
        _ joiner: PeerIntroduction, in configuration: Configuration
    ) throws(ControlFailure) -> String? {
        guard joiner.startID == transport.startID else {
            throw .refused(
                .nodeIDConflict,
                "\(request.raftAddress) answers as \(joiner.nodeID), which is the leader itself: "
                    + "give each node its own RAFT_NODE_ID")
        }
        let draft = MemberDraft(
            request: request, nodeID: localID, raftAddress: request.raftAddress, httpAddress: joiner.httpAddress)
        let asked = try draft.member(in: configuration)
        return configuration[localID].flatMap { Self.ignored(asked.raftAddress, request.httpAddress, of: $0) }
    }

    /// The leader is a member, and where the others reach it they know better than one who asks it to join itself.
    static func ignored(_ raftAddress: String, _ httpAddress: String?, of leader: Member) -> String? {
        func isOther(_ asked: String, _ known: String) -> Bool {
            !known.isEmpty && !HostAndPort.leadToSameListener(asked, known)
        }
        var known: [String] = []
        if isOther(raftAddress, leader.raftAddress) { known.append("\(leader.raftAddress) (set by RAFT_ADVERTISE)") }
        if let httpAddress, isOther(httpAddress, leader.httpAddress) {
            known.append("\(leader.httpAddress) for HTTP (set by SERVER_ADVERTISE)")
        }
        guard !known.isEmpty else { return nil }
        return "\(leader.id) is the leader, and a join does not change its addresses: the members know it at "
            + known.joined(separator: " and ")
    }

    /// "All nodes of a cluster use the same": a node with another election timeout campaigns while the others still
    /// wait, or never. A node that is a member already may be on its way to a new value.
    private func checkSettings(
        of joiner: PeerIntroduction, isMember: Bool, _ warnings: inout [String]
    ) throws(ControlFailure) {
        guard let differences = joiner.electionSettings.differences(from: transport.electionSettings) else { return }
        let sentence = "\(joiner.nodeID) has other election settings than the leader: \(differences)"
        guard isMember else {
            throw .refused(.clusterMismatch, "error add voter: \(sentence); start it with the settings of the others")
        }
        warnings.append("\(sentence); all nodes need the same")
    }

    /// A member that does not know what the cluster may write would stop at the first entry of that. One that is
    /// a member already may correct its address all the same.
    private func checkFeatureLevel(
        of joiner: PeerIntroduction, in configuration: Configuration
    ) throws(ControlFailure) {
        guard joiner.featureLevel < configuration.featureLevel, !request.isUpdate else { return }
        throw .refused(
            .clusterMismatch,
            "error add voter: the cluster is at feature level \(configuration.featureLevel), and \(joiner.nodeID) "
                + "knows levels through \(joiner.featureLevel): start it with the release that the members run")
    }

    /// The address in the request, or the one that the joiner's operator has set, if it is reached there.
    private func address(of joiner: PeerIntroduction, _ warnings: inout [String]) async -> String {
        guard joiner.isRaftAddressSet, !HostAndPort.leadToSameListener(joiner.raftAddress, request.raftAddress) else {
            return request.raftAddress
        }
        let patience = deadline.other(inMilliseconds: min(2_000, deadline.remainingMilliseconds / 2))
        do throws(ControlFailure) {
            let there = try await transport.introduce(to: joiner.raftAddress, deadline: patience)
            if there.nodeID == joiner.nodeID, there.startID == joiner.startID {
                warnings.append(
                    "\(joiner.nodeID) is set to announce \(joiner.raftAddress), so the members use that and not "
                        + request.raftAddress)
                return joiner.raftAddress
            }
            warnings.append("\(joiner.nodeID) is set to announce \(joiner.raftAddress), where another node answers")
        } catch {
            warnings.append(
                "\(joiner.nodeID) is set to announce \(joiner.raftAddress), where the leader does not reach it; the "
                    + "members use \(request.raftAddress)")
        }
        return request.raftAddress
    }

    // MARK: Adoption

    /// A joiner with another cluster id gives up its own one-node history and takes ours. Returns the instance that it
    /// is from then on; nil if it was of this cluster before.
    private func adoptIfForeign(_ joiner: PeerIntroduction) async throws(ControlFailure) -> InstanceID? {
        guard let clusterID = clusterID() else {
            throw .refused(.internal, "the leader belongs to no cluster")
        }
        guard joiner.clusterID != clusterID else { return nil }
        // Adoption makes the joiner a server of this cluster that remembers no vote and no entry. In a configuration
        // where it is a voter it could elect a leader without acknowledged writes. So it must be no member in a
        // configuration that is committed, as the leader knows it: an uncommitted removal, or the view of a leader that
        // was deposed, may still give way to a configuration with its former self.
        let configuration = try await handle.committedConfiguration(until: deadline)
        let name = joiner.nodeID
        if let member = configuration[name] {
            throw .refused(
                .nodeIDConflict,
                "\(name) is a member already, at \(member.raftAddress), but the node at \(request.raftAddress) has "
                    + "lost that history: remove \(name) first (POST /raft/remove), then join it again")
        }
        if joiner.memberCount > 1, request.consent.isEmpty {
            throw .refused(
                .clusterMismatch,
                "error add voter: \(name) belongs to another cluster of \(joiner.memberCount) members; "
                    + "remove it there, or let it leave that cluster and lose its data: \(Self.howToConsent)")
        }
        // Whether it holds data the joiner itself finds out, on a thread that may wait for its disk.
        let adoption = AdoptionRequest(
            nodeID: name, startID: joiner.startID, clusterID: clusterID, consent: request.consent,
            leaderID: localID, leaderAddress: configuration[localID]?.raftAddress ?? "")
        if let instance = try await transport.adopt(at: request.raftAddress, request: adoption, deadline: deadline) {
            return instance
        }
        // Another request was faster.
        let there = try await transport.introduce(to: request.raftAddress, deadline: deadline)
        guard there.nodeID == name, there.startID == joiner.startID, there.clusterID == clusterID else {
            throw .refused(
                .unreachable, "the node at \(request.raftAddress) has changed meanwhile: try again", applied: .no)
        }
        return there.instance
    }

    static let howToConsent =
        "run skiffd consent --data-dir DIR on that node and pass what it prints as \"consent\""

    // MARK: Changes of the configuration

    /// No node has to know its own address: the first joiner says at which address it sees this one.
    private func announceOwnAddress(
        seenBy joiner: PeerIntroduction, in configuration: Configuration
    ) async throws(ControlFailure) {
        guard let local = configuration[localID], local.raftAddress.isEmpty, !joiner.addressSeen.isEmpty else {
            return
        }
        try await changeOwnAddress(joiner.addressSeen, nil)
    }

    /// The leader was started with another address than the members know. Alone it is believed; with others it must be
    /// there.
    private func correctOwnAddress() async throws(ControlFailure) -> String? {
        if await handle.onLoop({ $0.configuration.members.count > 1 }) {
            let there = try await transport.introduce(to: request.raftAddress, deadline: deadline)
            guard there.nodeID == localID, there.startID == transport.startID else {
                throw .refused(.nodeIDConflict, "another node answers at \(request.raftAddress): \(there.nodeID)")
            }
        }
        try await changeOwnAddress(request.raftAddress, request.httpAddress)
        return nil
    }

    private func changeOwnAddress(_ raftAddress: String, _ httpAddress: String?) async throws(ControlFailure) {
        let localID = localID
        _ = try await handle.change(until: deadline) { configuration throws(ControlFailure) in
            guard var local = configuration[localID] else { throw ConfigurationOutcome.Refusal.unknownMember.failure }
            local.raftAddress = raftAddress
            local.httpAddress = httpAddress ?? local.httpAddress
            return .addLearner(local)
        }
    }

    private func promote(_ id: NodeID) async throws(ControlFailure) {
        guard !request.wait else {
            _ = try await handle.change(until: deadline) { _ in .promote(id) }
            return
        }
        let promotion = handle.tasks.spawn { [handle, deadline, logger] in
            do throws(ControlFailure) {
                let patience = deadline.other(inMilliseconds: 600_000)
                _ = try await handle.change(until: patience) { _ in .promote(id) }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("\(id) stays a learner: \(error.message)")
            }
        }
        await handle.replacePromotion(of: id, with: promotion)
    }
}
