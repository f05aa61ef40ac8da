internal import ClusterControl
internal import HotPath
internal import Logging
internal import RaftCore

/// One removal, carried out on the leader.
struct Removal {
    let request: RemoveRequest
    let deadline: Deadline
    let localID: NodeID
    let handle: ReplicaHandle
    let logger: Logger

    /// What remains to be said when a majority is gone.
    static let noRecovery =
        "This version has no recovery for a cluster that has lost a majority of its voters for good."

    /// Returns a warning for the user, if there is one.
    func run() async throws(ControlFailure) -> String? {
        guard let (member, configuration) = try await findMember() else { return nobody }
        if member.role == .voter, configuration.voterCount == 1 {
            throw .refused(
                .wouldLoseQuorum, "\(member.id) is the only voter: without it the cluster cannot commit anything")
        }
        if member.id == localID { return try await handOver() }
        if !request.force { try await checkQuorum(without: member, in: configuration) }
        // The member was looked up once. Meanwhile its name may have come to mean another one, and the node may have
        // left and come back, which nobody asked to undo.
        let (id, since) = (member.id, member.since)
        await handle.replacePromotion(of: id, with: nil)
        let hasLeft = try await handle.change(until: deadline) { configuration throws(ControlFailure) in
            configuration[id]?.since == since ? .remove(id) : nil
        }
        guard hasLeft else { return nobody }
        logger.info("removed \(id)")
        return request.nodeID == id.name ? nil : "\(request.nodeID) is an alias of \(id), which was removed"
    }

    /// The member and the configuration in force; nil if a committed configuration has no member of that name. A
    /// removal that is not committed may be taken back, and the member be there again.
    private func findMember() async throws(ControlFailure) -> (Member, Configuration)? {
        while true {
            let (configuration, isCommitted) = await handle.onLoop { ($0.configuration, $0.isConfigurationCommitted) }
            if let member = configuration.member(named: request.nodeID), isMeant(member) {
                return (member, configuration)
            }
            if isCommitted { return nil }
            guard await deadline.pause() else { throw ConfigurationOutcome.Refusal.changeInProgress.failure }
        }
    }

    private func isMeant(_ member: Member) -> Bool { request.since.map { $0 == member.since.rawValue } ?? true }

    /// As in raft-sample, a node that is no member counts as removed.
    private var nobody: String { "no member is called \(request.nodeID); nothing was changed" }

    /// The remaining voters must have a majority that answers. A new leader has not heard everyone yet, so it listens
    /// for a moment before it refuses.
    private func checkQuorum(without member: Member, in configuration: Configuration) async throws(ControlFailure) {
        guard member.role == .voter else { return }
        let others = configuration.members.filter { $0.role == .voter && $0.id != member.id }
        let patience = deadline.other(inMilliseconds: min(1_500, deadline.remainingMilliseconds))
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
                        + "start the others first, or pass \"force\":true. \(Self.noRecovery)")
            }
        }
    }

    /// A leader that is to leave hands over first, and the next leader removes it and answers: it ends in a failure or
    /// in that answer, except if it proves to be no member any more.
    private func handOver() async throws(ControlFailure) -> String? {
        // A deposed leader may have left and come back without knowing it.
        let configuration = try await handle.committedConfiguration(until: deadline)
        guard let member = configuration[localID], isMeant(member) else { return nobody }
        var request = request
        request.since = member.since.rawValue
        await handle.onLoop { $0.transferLeadership(to: nil) }
        while await handle.onLoop({ $0.role == .leader || $0.leaderID == nil }) {
            guard await deadline.pause() else {
                throw .refused(.timeout, "the leader could not hand over in time; try again", applied: .no)
            }
        }
        var effect = ControlEffect.no
        while true {
            var rest = ControlRequest.remove(request)
            rest.timeoutMilliseconds = deadline.remainingMilliseconds
            switch await handle.askLeader(rest, until: deadline.other(inMilliseconds: rest.timeoutMilliseconds + 1_000))
            {
            case .answer(var answer) where answer.code != .noLeader:
                if answer.code != .ok { answer.applied = answer.applied.after(effect) }
                throw .handedOver(answer)
            case .answer(let answer):
                effect = answer.applied.after(effect)
            case .lost:
                effect = .unknown
            case .nobody:
                guard await handle.onLoop({ $0.role != .leader }) else {
                    throw .refused(.noLeader, "\(localID) leads again: try again", applied: effect)
                }
            }
            guard await deadline.pause() else {
                throw .refused(.timeout, "the new leader did not answer in time", applied: effect)
            }
        }
    }
}
