internal import Bytes
internal import ClusterControl
internal import HotPath
internal import RaftCore

/// The member that a join makes of a node, by the rules about names and addresses. A name leads to one member at most:
/// to the one whose id it is, or else to the one whose alias it is. So an id beats an alias, and ends it (`Raft`).
///
/// It is asked twice: early, to refuse before anything is changed, and again with the configuration on which the change
/// is proposed, because two joins may run at the same time.
struct MemberDraft: Sendable {
    let request: JoinRequest
    /// The id that the node itself reports.
    let nodeID: NodeID
    let raftAddress: String
    let httpAddress: String
    /// The instance that is to be the member; nil as long as the node still has to become one.
    var instance: InstanceID?
    /// The verdicts on members, and on former ones, whose data are wrong.
    var verdicts: [Verdict] = []

    func member(in configuration: Configuration) throws(ControlFailure) -> Member {
        let name = request.nodeID
        if name != nodeID.name, let other = configuration.member(named: name), other.id != nodeID {
            throw .refused(
                .nodeIDConflict,
                "\(name) is a name of \(other.id), but the node at \(request.raftAddress) calls itself \(nodeID): "
                    + "join it under its own name, or correct the address")
        }
        guard let member = configuration[nodeID] else { return try newMember(in: configuration) }
        guard name == nodeID.name || member.aliases.contains(name) else { throw known }
        if let instance, let its = member.instance, instance != its { throw other }
        if request.asLearner, member.role == .voter {
            throw .refused(
                .invalidArgument,
                "\(nodeID) is a voter, and a join does not take its vote away: leave \"role\" out, or remove it "
                    + "(POST /raft/remove) and join it again as a learner")
        }
        return Member(
            id: nodeID, role: member.role, raftAddress: raftAddress, httpAddress: httpAddress,
            aliases: member.aliases, since: member.since,
            instance: member.instance)
    }

    /// An old directory whose name was given away, or a new one whose name is still taken.
    private var other: ControlFailure {
        .refused(
            .nodeIDConflict,
            "\(nodeID) is a member already, and the node at \(request.raftAddress) has that name, but another "
                + "directory: stop it; or, if the member is gone for good, remove \(nodeID) (POST /raft/remove) and "
                + "join this one again")
    }

    /// A second name for a node that is a member is more likely a mistake in the address.
    var known: ControlFailure {
        .refused(
            .nodeIDConflict,
            "the node at \(request.raftAddress) is \(nodeID), a member already, which has no name "
                + "\(request.nodeID); correct the address, or call the node by its own name")
    }

    private func newMember(in configuration: Configuration) throws(ControlFailure) -> Member {
        guard !request.isUpdate else {
            throw .refused(.invalidArgument, "\(nodeID) is no member, so there is no address of it to correct")
        }
        // It would only catch up with the log, and keep the data that it has.
        if let instance, verdicts.contains(where: { $0.condemns(nodeID, instance, in: configuration) }) {
            throw .refused(
                .dataDiffer,
                "the node at \(request.raftAddress) is \(nodeID) with the directory that was found to hold other data "
                    + "than the majority of the voters: start it with an empty directory, and join it then",
                applied: .no)
        }
        // A member that nobody has seen yet has no address.
        if let other = configuration.members.first(where: {
            HostAndPort.leadToSameListener($0.raftAddress, raftAddress)
        }) {
            throw .refused(
                .nodeIDConflict,
                "\(raftAddress) is the address of the member \(other.id), but the node there calls itself \(nodeID): "
                    + "remove \(other.id) first (POST /raft/remove) if it is gone, or correct the address")
        }
        guard configuration.members.count < RaftSettings().memberCountMax else {
            throw ConfigurationOutcome.Refusal.tooManyMembers.failure
        }
        return Member(
            id: nodeID, role: .learner, raftAddress: raftAddress, httpAddress: httpAddress,
            aliases: request.nodeID == nodeID.name ? [] : [request.nodeID], instance: instance)
    }
}
