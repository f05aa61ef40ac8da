internal import ClusterControl
internal import HotPath
internal import KeyValue
internal import NodeControl
internal import RaftCore
internal import Storage

/// Watches a simulated control plane from outside: the clusters that there are, what each has committed, and whose
/// request each change of members and each dropped history was.
struct ControlReferee {
    private struct Cluster {
        let id: ClusterID
        var ledger = Ledger()
        var elections = ElectionSafety()
        /// Nodes that have dropped their history in it.
        var leavers: [Int] = []
        var hasUserData = false
    }

    /// Names that two machines carry; bit n is that of machine n. Their nodes cannot be told apart by votes.
    let namesakes: Int
    private(set) var breaches: [String] = []
    private var clusters: [Cluster] = []
    private(set) var changes: [MemberChange] = []

    init(namesakes: Int) { self.namesakes = namesakes }

    mutating func breach(_ text: String?) {
        if let text, breaches.count < 5 { breaches.append(text) }
    }

    private mutating func place(of id: ClusterID) -> Int {
        if let place = clusters.firstIndex(where: { $0.id == id }) { return place }
        clusters.append(Cluster(id: id))
        return clusters.count - 1
    }

    func ledger(of id: ClusterID) -> Ledger { clusters.first { $0.id == id }?.ledger ?? Ledger() }

    /// The latest that is committed.
    func configuration(of id: ClusterID) -> Configuration { ledger(of: id).configuration }

    // MARK: Elections and commits

    mutating func judge(
        _ process: ControlProcess, _ mainID: ClusterID, now: UInt64, _ requests: [ControlRequestRecord],
        _ coverage: inout Coverage, _ onCommit: (KeyValueState.Change) -> Void
    ) {
        guard let id = process.store.clusterID else { return }
        let place = place(of: id)
        let (isLeader, term, commit) = process.core.withReplica {
            ($0.role == .leader, $0.currentTerm, $0.commitIndex)
        }
        if isLeader, !process.wasLeader || term > process.termSeen {
            breach(clusters[place].elections.note(leader: process.machine.directoryID, in: term))
            if id == mainID { coverage.count(.election) }
        }
        // What a leader commits in the turn in which it steps down, it commits as that leader.
        let leadTerm = isLeader ? term : process.wasLeader ? process.termSeen : nil
        process.wasLeader = isLeader
        process.termSeen = term
        guard commit > process.commitSeen else { return }
        process.commitSeen = commit
        if let leadTerm {
            while clusters[place].ledger.lastIndex < commit {
                let next = process.shadow.entries[clusters[place].ledger.entries.count]
                append(next, in: leadTerm, at: place, isMain: id == mainID, now: now, requests, &coverage, onCommit)
            }
        }
        // State Machine Safety (paper, figure 3), by Log Matching: the last committed entry stands for all before it.
        let known = min(commit, clusters[place].ledger.lastIndex)
        if commit > clusters[place].ledger.lastIndex {
            breach("\(process.machine.directoryID) commits \(commit), which no leader has committed")
        } else if process.shadow.term(at: known) != clusters[place].ledger.entry(at: known)?.id.term {
            breach("\(process.machine.directoryID) commits another entry at \(known)")
        }
    }

    private mutating func append(
        _ entry: Entry, in term: Term, at place: Int, isMain: Bool, now: UInt64, _ requests: [ControlRequestRecord],
        _ coverage: inout Coverage, _ onCommit: (KeyValueState.Change) -> Void
    ) {
        let before = clusters[place].ledger.configuration
        clusters[place].ledger.append(entry, in: term) { if isMain { onCommit($0) } }
        if isMain { coverage.count(.commit) }
        if entry.kind == .commands { clusters[place].hasUserData = true }
        guard entry.kind == .configuration else { return }
        let after = clusters[place].ledger.configuration
        for member in after.members where before[member.id]?.since != member.since {
            clusters[place].leavers.removeAll { $0 == Self.machine(of: member.id) }
        }
        for member in after.members where member.role == .voter {
            breach(secondVote(of: member.id, at: place))
        }
        guard isMain, entry.id.index > LogIndex(1) else { return }
        coverage.count(.changeOfMembers)
        for member in after.members {
            if before[member.id] == nil {
                note(.enters, member.id, now, requests)
            } else if before[member.id]?.role == .learner, member.role == .voter {
                note(.isPromoted, member.id, now, requests)
            }
        }
        for member in before.members where after[member.id] == nil { note(.leaves, member.id, now, requests) }
    }

    /// A node is never a voter of two clusters at once: its votes in the one would be those of a node that knows
    /// nothing of the other (thesis 4.4, a server belongs to one cluster).
    private func secondVote(of id: NodeID, at place: Int) -> String? {
        let machine = Self.machine(of: id)
        guard namesakes & 1 << machine == 0, !clusters[place].leavers.contains(machine) else { return nil }
        for (other, cluster) in clusters.enumerated()
        where other != place && cluster.ledger.configuration[id]?.role == .voter && !cluster.leavers.contains(machine) {
            return "\(id) is a voter of two clusters, \(cluster.id) and \(clusters[place].id)"
        }
        return nil
    }

    private static func machine(of id: NodeID) -> Int { Int(id.name.utf8.first ?? 0) - Int(UInt8(ascii: "a")) }

    // MARK: Causes

    /// Every change of members is one that an operator has asked for, and of whom nobody was told that nothing was
    /// done, and nothing will be (`ControlEffect`).
    private mutating func note(
        _ what: MemberChange.What, _ id: NodeID, _ now: UInt64, _ requests: [ControlRequestRecord]
    ) {
        note(what, machine: Self.machine(of: id), now, requests)
    }

    private mutating func note(
        _ what: MemberChange.What, machine: Int, _ now: UInt64, _ requests: [ControlRequestRecord]
    ) {
        let kind: ControlRequestRecord.Kind = what == .leaves ? .remove : .join
        let causes = requests.indices.filter {
            requests[$0].kind == kind && requests[$0].name == machine && requests[$0].mayTakeEffect
        }
        changes.append(MemberChange(what: what, machine: machine, time: now, causes: causes))
        if causes.isEmpty { breach("machine \(machine) \(what), and nobody's request may do that") }
    }

    /// "A node gives up its history only when a leader of the cluster that it then belongs to asks for it, and data of
    /// users only with force." (Docs/Membership.md)
    mutating func didDrop(
        _ machine: Int, from before: ClusterID?, to after: ClusterID?, _ mainID: ClusterID, now: UInt64,
        _ requests: [ControlRequestRecord]
    ) {
        if after != mainID { breach("machine \(machine) drops its history for cluster \(String(describing: after))") }
        note(.dropsHistory, machine: machine, now, requests)
        guard let before else { return }
        let place = place(of: before)
        clusters[place].leavers.append(machine)
        guard clusters[place].hasUserData, let causes = changes.last?.causes else { return }
        if !causes.contains(where: { requests[$0].isForced }) {
            breach("machine \(machine) drops data of users, and nobody has asked for that with force")
        }
    }

    /// What the node was, it is no longer: its disk is empty.
    mutating func didWipe(_ process: ControlProcess) {
        guard let id = process.store.clusterID else { return }
        let place = place(of: id)
        clusters[place].leavers.append(process.machine.name)
    }

    /// Whether nothing is left of what a join has changed: another request has taken the machine out again, or in, for
    /// which its history had to go as well.
    private func isUndone(_ change: MemberChange) -> Bool {
        let successor: MemberChange.What
        switch change.what {
        case .enters: successor = .leaves
        case .dropsHistory: successor = .enters
        case .isPromoted, .leaves: return false
        }
        return changes.contains {
            $0.machine == change.machine && $0.what == successor && $0.time >= change.time
        }
    }

    // MARK: Answers

    /// An answer says truly what its request has changed (`ControlEffect`).
    mutating func judge(
        _ answer: ControlAnswer, to place: Int, of requests: [ControlRequestRecord], _ mainID: ClusterID
    ) {
        let request = requests[place]
        let own = changes.indices.filter { changes[$0].causes.contains(place) }
        let since = changes.filter { $0.machine == request.name && $0.time >= request.askedAt }
        let id = NodeID(String(UnicodeScalar(UInt8(ascii: "a") + UInt8(request.name))))
        let member = configuration(of: mainID)[id]
        switch (answer.code, request.kind) {
        case (.ok, .join):
            let hasLeft = since.contains { $0.what == .leaves }
            if member == nil, !hasLeft { breach("\(request.words) was ok, and it is no member") }
            if request.waits, !request.asLearner, member?.role == .learner, !hasLeft {
                breach("\(request.words) was ok, and it has no vote")
            }
        case (.ok, .remove):
            if member != nil, !since.contains(where: { $0.what == .enters }) {
                breach("\(request.words) was ok, and it is a member")
            }
        default:
            switch answer.applied {
            case .no:
                for change in own {
                    changes[change].causes.removeAll { $0 == place }
                    if changes[change].causes.isEmpty, !isUndone(changes[change]) {
                        breach(
                            "\(request.words) was answered that nothing was done (\(answer.code): \(answer.message)), "
                                + "and machine \(request.target) \(changes[change].what)")
                    }
                }
            case .partly:
                if since.isEmpty, own.isEmpty {
                    breach("\(request.words) was answered that something was done, and nothing was: \(answer.message)")
                }
            case .unknown: break
            }
        }
    }
}
