internal import HotPath
internal import KeyValue
internal import RaftCore
internal import Storage

/// Watches a whole cluster from outside, over all time and across crashes, and notes each breach of what Raft and Skiff
/// promise. Each rule stands in a file of its own.
final class Referee {
    private(set) var breaches: [String] = []
    private(set) var ledger = Ledger()
    /// A node had lost data, and another leader came before the one that knew had found it out: nobody can know then,
    /// and nothing is promised any more.
    private(set) var isBeyondPromise = false
    private var elections = ElectionSafety()
    private var votes = OneVotePerTerm()
    private var logs = LogMatching()
    private var losses: LostDataRule
    /// By node: where its log ended when it lost some of it, as long as no leader knows of that.
    private var lost: [LogIndex?]

    init(nodeCount: Int) {
        losses = LostDataRule(nodeCount: nodeCount)
        lost = Array(repeating: nil, count: nodeCount)
    }

    func breach(_ text: String) {
        if breaches.count < 5 { breaches.append(text) }
    }

    private func breach(_ text: String?) {
        if let text { breach(text) }
    }

    /// The first entry of the first voters, which nobody commits again.
    func bootstrap(_ entry: Entry, oracle: inout Oracle) {
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
        breach(try RecoveryLosesNothing.breach(by: node.id, data: node.disk.data, storage))
    }

    /// A start has not found that its disk is damaged. The disk may hold less than before, which others have to find
    /// out as with an older copy of it, but nothing that nobody wrote.
    private func noteDamage(
        _ node: SimulatedNode, _ recovered: Raft.Recovered, _ storage: SimulatedStorage, _ simulation: Simulation
    ) throws {
        let last = LogIndex(UInt64(recovered.runs.reduce(0) { $0 + $1.sizes.count }))
        let entries = try storage.store.log.entries(in: LogRange(LogIndex(1), last.next), bytesMax: .max)
        if let unknown = entries.first(where: { !logs.knows($0) }) {
            return breach("\(node.id) starts with \(unknown.id), which nobody wrote")
        }
        if recovered.hardState.currentTerm > node.disk.hardState.currentTerm {
            return breach("\(node.id) starts in term \(recovered.hardState.currentTerm), in which it never was")
        }
        simulation.coverage.count(.damageLost)
        if entries.count < node.disk.log.count || recovered.hardState != node.disk.hardState {
            guard mayLose(node, leaving: last, simulation) else { return goBeyondPromise(simulation) }
            willLose(node)
        }
        node.disk.record.lose(leaving: entries, recovered.hardState)
        if recovered.applied < node.disk.persisted {
            node.disk.persisted = recovered.applied
            node.disk.data = KeyValueState()
        }
        node.appliedBefore = recovered.applied
    }

    func didStart(_ process: SimulatedProcess) { breach(ConfigurationRule.breach(by: process)) }

    // MARK: Messages

    func willSend(_ message: PeerMessage, _ process: SimulatedProcess, _ simulation: Simulation) {
        switch message {
        case .raft(let message, _):
            breach(DurableBeforeSpeaking.breach(of: message, by: process))
            noteVote(message, process, simulation)
        case .forwardedWrites: simulation.coverage.count(.forwarded)
        case .readIndexAnswer(_, nil): simulation.coverage.count(.readOvertaken)
        default: break
        }
    }

    private func noteVote(_ message: Message, _ process: SimulatedProcess, _ simulation: Simulation) {
        let id = process.node.id
        switch message.body {
        case .requestVoteRequest(let request) where !request.isPreVote:
            losses.note(campaignOf: id, in: message.term, endingAt: request.lastLogID)
            breach(votes.note(vote: id, of: id, in: message.term))
        case .requestVoteResponse(let response) where !response.isPreVote:
            if response.voteGranted {
                // It may have voted before, and nobody was left to remind it.
                if lost[process.node.number] != nil { return goBeyondPromise(simulation) }
                breach(votes.note(vote: message.to, of: id, in: message.term))
                breach(losses.breach(ofVoteFor: message.to, in: message.term, by: process))
            } else if let last = losses.lastLogID(ofCandidate: message.to, in: response.requestTerm),
                !last.isAtLeastAsUpToDate(as: process.shadow.last)
            {
                simulation.coverage.count(.voteRefusedByLog)
            }
        default: break
        }
    }

    private func goBeyondPromise(_ simulation: Simulation) {
        isBeyondPromise = true
        simulation.coverage.count(.lossBeyondPromise)
    }

    // MARK: The log

    func willChangeLog(_ job: LogJob, _ process: SimulatedProcess, coverage: inout Coverage) {
        guard let index = job.truncateFrom else { return }
        breach(LeaderAppendOnly.breach(of: job, by: process))
        breach(CommittedStays.breach(of: job, by: process, ledger: ledger))
        if process.shadow.last.index.rawValue > index.rawValue { coverage.count(.longTruncation) }
    }

    func didChangeLog(_ job: LogJob, _ process: SimulatedProcess) {
        for entry in job.entries {
            let previous = process.shadow.term(at: entry.id.index.previous) ?? .zero
            breach(logs.note(entry, after: previous, at: process.node.id))
        }
    }

    // MARK: After a turn

    func didTurn(_ process: SimulatedProcess, _ simulation: Simulation) {
        let replica = process.replica
        breach(NothingGoesBack.breach(by: process))
        breach(ShownStateStays.breach(by: process))
        breach(RingLimit.breach(by: process, settings: simulation.settings.replica))
        breach(ConfigurationRule.breach(by: process))
        if replica.role == .leader, process.roleSeen != .leader || replica.currentTerm > process.termSeen {
            guard lost.allSatisfy({ $0 == nil }) else {
                return goBeyondPromise(simulation)
            }
            simulation.coverage.count(.election)
            breach(elections.note(leader: process.node.id, in: replica.currentTerm))
            breach(LeaderCompleteness.breach(by: process, ledger: ledger))
        }
        if replica.commitIndex > process.commitSeen { noteCommit(process, simulation) }
        if replica.role == .leader {
            breach(MatchIsDurable.breach(by: process, lost: &lost, simulation.nodes))
            if replica.configurationIndex > process.configurationSeen {
                breach(ConfigurationRule.breach(byChangeOf: process))
            }
        } else if process.roleSeen == .leader {
            if process.stalledAsLeader { simulation.coverage.count(.stalledLeaderLeft) }
            if replica.configuration[process.node.id] == nil { simulation.coverage.count(.leaderRemoved) }
            process.stalledAsLeader = false
        }
        process.roleSeen = replica.role
        process.termSeen = replica.currentTerm
        process.commitSeen = replica.commitIndex
        process.configurationSeen = replica.configurationIndex
    }

    /// A process died among the effects of a turn. What a leader committed in it may have left already.
    func didDie(_ process: SimulatedProcess, _ simulation: Simulation) {
        guard process.replica.role == .leader, process.replica.commitIndex > process.commitSeen else { return }
        noteCommit(process, simulation)
    }

    private func noteCommit(_ process: SimulatedProcess, _ simulation: Simulation) {
        breach(
            CommitRule.breach(
                by: process, after: process.commitSeen, ledger: ledger, lost: lost, simulation.nodes))
        guard breaches.isEmpty else { return }
        let term = process.replica.currentTerm
        let commit = process.replica.commitIndex
        if let next = process.shadow.term(at: ledger.lastIndex.next), next < term, commit > ledger.lastIndex {
            simulation.coverage.count(.indirectCommit)
        }
        while ledger.lastIndex < commit {
            simulation.coverage.count(.commit)
            let entry = process.shadow.entries[ledger.entries.count]
            ledger.append(entry, in: term) { change in
                simulation.breach(simulation.oracle.commit(change))
                if simulation.hasReconnected(change.writer, to: process.node.number) {
                    simulation.coverage.count(.answerAfterReconnect)
                }
            }
        }
    }

    func didApply(_ process: SimulatedProcess) {
        if let difference = process.stateMachine.breach { breach("\(process.node.id): \(difference)") }
        breach(StateMachineSafety.breach(by: process, ledger: ledger))
        process.appliedSeen = process.stateMachine.appliedIndex
    }

    /// What costs more, now and then.
    func inspect(_ simulation: Simulation) {
        for process in simulation.nodes.compactMap(\.process) where process.replica.role == .leader {
            breach(LeaderCompleteness.breach(by: process, ledger: ledger))
        }
    }

    /// The cluster is whole again, and nobody asks for anything.
    func didEnd(_ simulation: Simulation) throws {
        for process in simulation.nodes.compactMap(\.process) {
            breach(StateMachineSafety.breach(by: process, ledger: ledger))
            breach(
                try RecoveryLosesNothing.breach(
                    by: process.node.id, data: process.stateMachine.reference, process.storage))
            if process.openChanges != 0 { breach("a change of members asked of \(process.node.id) never ended") }
            if process.admission.waitingBytes != 0 {
                breach("\(process.node.id) counts \(process.admission.waitingBytes) bytes of requests and has none")
            }
        }
    }

    // MARK: Losses

    /// A disk that goes back is survived only if a leader that knows what the node had acknowledged finds it out, and
    /// if no other loss is open.
    func mayLose(_ node: SimulatedNode, leaving last: LogIndex, _ simulation: Simulation) -> Bool {
        guard let leader = simulation.leader, leader.node !== node, lost.allSatisfy({ $0 == nil }),
            simulation.nodes.allSatisfy({ $0.process?.replica.missesData != true })
        else { return false }
        let progress = leader.replica.followerProgress
        return progress.allSatisfy { $0.lostThrough == nil }
            && progress.contains { $0.id == node.id && $0.matchIndex > last }
    }

    func willLose(_ node: SimulatedNode) {
        lost[node.number] = node.disk.lastLogID.index
        losses.willLose(node.number)
    }

    func didReport(_ loss: DataLoss, by process: SimulatedProcess, coverage: inout Coverage) {
        let number = Int(loss.node.name.utf8.first ?? 0) - Int(UInt8(ascii: "a"))
        breach(losses.breach(of: loss, by: process, number: losses.everLost.indices.contains(number) ? number : nil))
        if case .found = loss.stage, loss.node != process.node.id { coverage.count(.lossFound) }
    }

    // MARK: Transfers

    func willTransfer(_ leader: SimulatedProcess, to target: NodeID?, coverage: inout Coverage) {
        guard let target, let progress = leader.replica.followerProgress.first(where: { $0.id == target }) else {
            return
        }
        if progress.matchIndex < leader.replica.lastLogID.index { coverage.count(.transferToLagging) }
    }
}
