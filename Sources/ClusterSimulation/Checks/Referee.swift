internal import HotPath
internal import KeyValue
internal import RaftCore
internal import Storage

/// Watches a whole cluster from outside, over all time and across crashes, and notes each breach of what Raft and Skiff
/// promise. Each rule stands in a file of its own.
final class Referee {
    private(set) var breaches: [String] = []
    private(set) var ledger = Ledger()
    /// A node had lost data, and nobody can know that any more: an election timeout went by without a leader that tells
    /// it, and it voted, or another leader came who does not know what it had. Nothing is promised from then on.
    private(set) var isBeyondPromise = false
    private var elections = ElectionSafety()
    private var votes = OneVotePerTerm()
    private var logs = LogMatching()
    private var states = StatesAgree()
    private var losses: LostDataRule
    /// By node: where its log ended when it lost some of it, as long as no leader knows of that.
    private var lost: [LogIndex?]
    /// By node: it lost data and does not know it yet, so that it would vote as if it had not.
    private var isUnaware: [Bool]

    init(nodeCount: Int) {
        losses = LostDataRule(nodeCount: nodeCount)
        lost = Array(repeating: nil, count: nodeCount)
        isUnaware = Array(repeating: false, count: nodeCount)
    }

    func breach(_ text: String) {
        if breaches.count < 5 { breaches.append(text) }
    }

    private func breach(_ text: String?) {
        if let text { breach(text) }
    }

    /// The first entry of the first voters, which nobody commits again.
    func bootstrap(_ entry: Entry) {
        ledger.append(entry, in: entry.id.term) { _ in }
        breach(logs.note(entry, after: .zero, at: NodeID("the first voters")))
    }

    /// A store was opened and recovered: nothing may be missing, and nothing may be there that nobody wrote.
    func didRecover(
        _ node: SimulatedNode, _ recovered: Raft.Recovered, _ storage: SimulatedStorage, _ simulation: Simulation
    ) throws {
        let wasUnderWay = node.disk.record.writeUnderWay != nil
        let before = node.disk.lastLogID
        let difference = try RecoveryLosesNothing.breach(by: node.id, recovered, storage)
        if node.isDamaged, difference != nil {
            try noteDamage(node, recovered, storage, simulation)
        } else {
            breach(difference)
        }
        if wasUnderWay { simulation.coverage.count(node.disk.lastLogID == before ? .unsyncedLost : .unsyncedKept) }
        guard breaches.isEmpty else { return }
        guard recovered.applied <= ledger.lastIndex else {
            return breach("\(node.id) starts at \(recovered.applied), and \(ledger.lastIndex) is committed")
        }
        while node.disk.data.applied < recovered.applied {
            guard let entry = ledger.entry(at: node.disk.data.applied.next) else { break }
            node.disk.data.apply(entry) { _ in }
        }
        if node.isRotten { return }
        breach(try RecoveryLosesNothing.breach(by: node.id, data: node.disk.data, storage))
        try compareState(of: node.id, storage, simulation)
    }

    /// Compares all that a node holds with what others held at the same entry.
    func compareState(of id: NodeID, _ storage: SimulatedStorage, _ simulation: Simulation) throws {
        guard let digest = try storage.store.stateMachine.digest(while: { true }) else { return }
        var isComparison = false
        breach(states.breach(by: id, digest, isComparison: &isComparison))
        if isComparison { simulation.coverage.count(.statesCompared) }
    }

    /// A start has not found that its disk is damaged. The key-value data may be older, but the log and the vote are
    /// those that the witness tells of, and there is nothing that nobody wrote.
    private func noteDamage(
        _ node: SimulatedNode, _ recovered: Raft.Recovered, _ storage: SimulatedStorage, _ simulation: Simulation
    ) throws {
        let last = recovered.last.index
        let entries = try storage.store.log.entries(
            in: LogRange(recovered.compacted.index.next, last.next), bytesMax: .max)
        if let unknown = entries.first(where: { !logs.knows($0) }) {
            return breach("\(node.id) starts with \(unknown.id), which nobody wrote")
        }
        if recovered.hardState.currentTerm > node.disk.hardState.currentTerm {
            return breach("\(node.id) starts in term \(recovered.hardState.currentTerm), in which it never was")
        }
        simulation.coverage.count(.damageLost)
        // The cluster has committed whatever has left the log.
        let gone = ledger.entries.prefix(Int(recovered.compacted.index.rawValue))
        guard (gone.last?.id ?? .zero) == recovered.compacted else {
            return breach("\(node.id) starts after \(recovered.compacted), which is not committed")
        }
        let log = gone + entries
        if log.count < node.disk.log.count || recovered.hardState != node.disk.hardState {
            breach("\(node.id) starts with a log through \(last), and its witness knows of more")
        }
        node.disk.record.lose(leaving: Array(log), cutThrough: recovered.compacted.index, recovered.hardState)
        if recovered.applied < node.disk.persisted {
            node.disk.persisted = recovered.applied
            node.disk.data = KeyValueState()
        }
        node.appliedBefore = recovered.applied
    }

    func didStart(_ process: any WatchedProcess) {
        breach(ConfigurationRule.breach(by: process))
        breach(FeatureLevelRule.breach(ofStartBy: process))
    }

    // MARK: Messages

    func willSend(_ message: PeerMessage, _ process: any WatchedProcess, _ world: World) {
        switch message {
        case .raft(let message, _):
            breach(DurableBeforeSpeaking.breach(of: message, by: process))
            breach(SnapshotIsCommitted.breach(of: message, by: process))
            noteVote(message, process, world)
        case .forwardedWrites: world.coverage.count(.forwarded)
        case .forwardedWritesAnswer(_, let first, _): if first > 0 { world.coverage.count(.forwardAnsweredInParts) }
        case .readIndexAnswer(_, nil): world.coverage.count(.readOvertaken)
        default: break
        }
    }

    private func noteVote(_ message: Message, _ process: any WatchedProcess, _ world: World) {
        let id = process.id
        switch message.body {
        case .requestVoteRequest(let request) where !request.isPreVote:
            // It may have voted before, and nobody was left to remind it.
            if isUnaware[process.number] { return goBeyondPromise(world) }
            losses.note(campaignOf: id, in: message.term, endingAt: request.lastLogID)
            breach(votes.note(vote: id, of: id, in: message.term))
        case .requestVoteResponse(let response) where !response.isPreVote:
            if response.voteGranted {
                // As long as a leader may take to be heard from, whoever has just started has to wait.
                if isUnaware[process.number], !process.isFreshlyStarted { return goBeyondPromise(world) }
                breach(votes.note(vote: message.to, of: id, in: message.term))
                breach(losses.breach(ofVoteFor: message.to, in: message.term, by: process))
            } else if let last = losses.lastLogID(ofCandidate: message.to, in: response.requestTerm),
                !last.isAtLeastAsUpToDate(as: process.shadow.last)
            {
                world.coverage.count(.voteRefusedByLog)
            }
        default: break
        }
    }

    private func goBeyondPromise(_ world: World) {
        isBeyondPromise = true
        world.coverage.count(.lossBeyondPromise)
    }

    // MARK: Compaction

    /// A log begins after the entry `id`.
    func judge(compactionThrough id: LogID, of process: any WatchedProcess) {
        breach(
            CompactedIsCommitted.breach(by: process.id, through: id, applied: process.appliedIndex, ledger: ledger))
    }

    /// A snapshot leaves a node, or is about to take the place of a log. True if it may.
    func judge(_ snapshot: Snapshot) -> Bool {
        let breach = SnapshotIsCommitted.breach(of: snapshot, ledger: ledger)
        self.breach(breach)
        return breach == nil
    }

    // MARK: Reads

    func judge(_ read: ReadyRead, askedAfter floor: LogIndex, by process: any WatchedProcess) {
        breach(ReadsAreFresh.breach(of: read, askedAfter: floor, by: process))
    }

    // MARK: The log

    func willChangeLog(_ job: LogJob, _ process: any WatchedProcess, coverage: inout Coverage) {
        guard let index = job.truncateFrom else { return }
        breach(LeaderAppendOnly.breach(of: job, by: process))
        breach(CommittedStays.breach(of: job, by: process, ledger: ledger))
        if process.shadow.last.index.rawValue > index.rawValue { coverage.count(.longTruncation) }
    }

    func didChangeLog(_ job: LogJob, _ process: any WatchedProcess) {
        for entry in job.entries {
            let previous = process.shadow.term(at: entry.id.index.previous) ?? .zero
            breach(logs.note(entry, after: previous, at: process.id))
            breach(FeatureLevelRule.breach(of: entry, by: process))
        }
    }

    // MARK: After a turn

    func didTurn(_ process: any WatchedProcess, _ world: World) {
        breach(NothingGoesBack.breach(by: process))
        breach(FlushedIsDurable.breach(by: process))
        breach(WholeLog.breach(by: process))
        breach(ConfigurationRule.breach(by: process))
        noteElection(process, world)
        if isBeyondPromise { return }
        if process.commitIndex > process.commitSeen { noteCommit(process, world) }
        if process.role == .leader {
            breach(MatchIsDurable.breach(by: process, lost: &lost, world.watched))
            noteAwareness(of: process.followerProgress, in: process.currentTerm, world.watched)
            if process.configurationIndex > process.configurationSeen {
                breach(ConfigurationRule.breach(byChangeOf: process))
            }
        } else if process.roleSeen == .leader {
            if process.stalledAsLeader { world.coverage.count(.stalledLeaderLeft) }
            if process.configuration[process.id] == nil { world.coverage.count(.leaderRemoved) }
            process.stalledAsLeader = false
        }
        process.roleSeen = process.role
        process.termSeen = process.currentTerm
        process.commitSeen = process.commitIndex
        process.configurationSeen = process.configurationIndex
    }

    /// What only a whole node promises. `rotten` are those that may be named for their data; nil if nobody can tell.
    func judge(_ process: SimulatedProcess, _ settings: ReplicaSettings, rotten: [NodeID]?) {
        if !isBeyondPromise { breach(OnlyTheOddIsNamed.breach(by: process, rotten: rotten)) }
        breach(ShownStateStays.breach(by: process))
        judge(compactionThrough: process.replica.compactedLogID, of: process)
        breach(RingLimit.breach(by: process, settings: settings))
        breach(process.membership.breach(by: process))
    }

    /// A process died among the effects of a turn. That it leads, and what it committed as a leader, may have left
    /// already, whether it has stepped down in the same turn or not.
    func didDie(_ process: any WatchedProcess, _ world: World) {
        noteElection(process, world)
        guard !isBeyondPromise, process.role == .leader || process.roleSeen == .leader,
            process.commitIndex > process.commitSeen
        else { return }
        noteCommit(process, world)
    }

    private func noteElection(_ process: any WatchedProcess, _ world: World) {
        guard process.role == .leader, process.roleSeen != .leader || process.currentTerm > process.termSeen else {
            return
        }
        world.coverage.count(.election)
        breach(elections.note(leader: process.id, in: process.currentTerm))
        breach(LeaderCompleteness.breach(by: process, ledger: ledger))
        // Whoever has forgotten something has not decided this election, but its leader does not know of it.
        if isUnaware.contains(true) { goBeyondPromise(world) }
    }

    private func noteCommit(_ process: any WatchedProcess, _ world: World) {
        breach(
            CommitRule.breach(
                by: process, after: process.commitSeen, ledger: ledger, lost: lost, world.watched))
        guard breaches.isEmpty else { return }
        let term = process.termOfCommit
        let commit = process.commitIndex
        if let next = process.shadow.term(at: ledger.lastIndex.next), next < term, commit > ledger.lastIndex {
            world.coverage.count(.indirectCommit)
        }
        let earlier = ledger.configuration
        defer { breach(FeatureLevelRule.breach(ofCommitted: ledger.configuration, after: earlier)) }
        while ledger.lastIndex < commit {
            world.coverage.count(.commit)
            let entry = process.shadow.entries[ledger.entries.count]
            ledger.append(entry, in: term) { change in
                world.didCommit(change, by: process.number)
            }
        }
    }

    func didApply(_ process: any WatchedProcess) {
        if let difference = process.stateBreach { breach("\(process.id): \(difference)") }
        breach(StateMachineSafety.breach(by: process, ledger: ledger))
        process.appliedSeen = process.appliedIndex
    }

    /// What costs more, now and then.
    func inspect(_ world: World) {
        for process in world.watched.compactMap(\.running) where process.role == .leader {
            breach(LeaderCompleteness.breach(by: process, ledger: ledger))
        }
    }

    /// The state of every process is what is committed through where it stands.
    func judgeStates(_ world: World) {
        for process in world.watched.compactMap(\.running) {
            breach(StateMachineSafety.breach(by: process, ledger: ledger))
        }
    }

    /// The cluster is whole again, and nobody asks for anything.
    func didEnd(_ simulation: Simulation) throws {
        for process in simulation.nodes.compactMap(\.process) where !process.node.isRotten {
            breach(
                try RecoveryLosesNothing.breach(
                    by: process.id, data: process.stateMachine.reference, process.storage))
            try compareState(of: process.id, process.storage, simulation)
            if process.openChanges != 0 { breach("a change of members asked of \(process.id) never ended") }
            if process.admission.waitingBytes != 0 {
                breach("\(process.id) counts \(process.admission.waitingBytes) bytes of requests and has none")
            }
        }
    }

    // MARK: Losses

    func diskWentBack(of node: NodeID) { votes.forget(node) }

    /// A disk that goes back is survived only if a leader that knows what the node had acknowledged finds it out, and
    /// if every other loss is found. Nodes whose losses are found may be under repair meanwhile.
    func mayLose(_ node: any WatchedNode, leaving last: LogIndex, _ world: World) -> Bool {
        guard let leader = world.leading, leader.number != node.number, !isUnaware.contains(true),
            node.running?.missesData == false
        else { return false }
        return leader.followerProgress.contains {
            $0.id == node.id && $0.matchIndex > last && $0.lostThrough == nil
        }
    }

    /// Only a leader knows of a loss. If its leadership ends now, nothing is promised any more.
    var dependsOnLeader: Bool { isUnaware.contains(true) }

    func willLose(_ node: any WatchedNode) {
        lost[node.number] = node.durableLast.index
        isUnaware[node.number] = true
        losses.willLose(node.number)
    }

    /// A loss that the leader has found is known to its node once the word of it is on its disk, or everything is there
    /// again.
    private func noteAwareness(of followers: [FollowerProgress], in term: Term, _ nodes: [any WatchedNode]) {
        for progress in followers {
            guard let node = nodes.first(where: { $0.id == progress.id }), isUnaware[node.number],
                lost[node.number] == nil
            else { continue }
            guard let through = progress.lostThrough else {
                isUnaware[node.number] = false
                continue
            }
            guard let known = node.durableHardState.lostData, known.term == term else { continue }
            if known.acknowledged.index >= through { isUnaware[node.number] = false }
        }
    }

    func didReport(_ loss: DataLoss, by process: any WatchedProcess, coverage: inout Coverage) {
        let number = Int(loss.node.name.utf8.first ?? 0) - Int(UInt8(ascii: "a"))
        breach(losses.breach(of: loss, by: process, number: losses.everLost.indices.contains(number) ? number : nil))
        guard case .found = loss.stage, loss.node != process.id else { return }
        coverage.count(.lossFound)
        // Another one is under repair.
        if process.followerProgress.count(where: { $0.lostThrough != nil }) > 1 { coverage.count(.lossDuringRepair) }
    }

    // MARK: Transfers

    func willTransfer(_ leader: any WatchedProcess, to target: NodeID?, coverage: inout Coverage) {
        guard let target, let progress = leader.followerProgress.first(where: { $0.id == target }) else {
            return
        }
        if progress.matchIndex < leader.lastLogID.index { coverage.count(.transferToLagging) }
    }
}
