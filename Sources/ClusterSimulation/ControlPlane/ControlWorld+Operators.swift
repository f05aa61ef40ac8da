internal import ClusterControl
internal import HotPath
internal import KeyValue
internal import NIOCore
internal import NodeControl
internal import RaftCore
internal import Storage

/// Operators, who ask for joins and removals, and one client, who writes.
extension ControlWorld {
    /// Asks a member of the cluster, whichever answers to its name.
    func ask(_ kind: ControlRequestRecord.Kind, _ target: Int, isForced: Bool? = nil) {
        let members = members.filter { $0.machine.number != target || kind == .remove }
        guard !members.isEmpty else { return }
        let process = members[draws.workload.below(members.count)]
        let record = ControlRequestRecord(
            kind: kind, target: target, name: machines[target].name, machine: process.machine.number,
            life: process.life,
            isForced: isForced ?? (draws.workload.chance(perMille: 400) && mayForce(kind)),
            asLearner: !isHealing && draws.workload.chance(perMille: 150),
            waits: isHealing || draws.workload.chance(perMille: 800), askedAt: now,
            timeoutMilliseconds: isHealing ? 5_000 : draws.workload.within(200...5_000))
        let place = requests.count
        requests.append(record)
        say("\(record.words)")
        let request = Self.request(record, id: machines[target].id, consent: consent(to: record))
        let asker = Confined((world: self, process: process))
        _ = process.executor.spawn { [membership = process.core.membership] in
            let answer = await membership.perform(request)
            asker.value.world.didAnswer(answer, to: place, asker.value.process)
        }
    }

    /// A majority that is there must not be removed while the rest has lost its disks, and force would do that.
    private func mayForce(_ kind: ControlRequestRecord.Kind) -> Bool {
        let configuration = referee.configuration(of: mainID)
        return kind == .join || !machines.contains { $0.isLost(to: configuration) }
    }

    /// An operator has access to the machine that is to give up its data, and lets it.
    private func consent(to record: ControlRequestRecord) -> String {
        guard record.kind == .join, record.isForced, let process = machines[record.target].process else { return "" }
        let token = "consent-\(requests.count)"
        do {
            try Consent.give(token, in: Self.directory(of: process.machine), on: process.fileSystem)
        } catch {
            breach("\(process.machine.id) takes no consent: \(error)")
        }
        return token
    }

    private static func request(_ record: ControlRequestRecord, id: NodeID, consent: String) -> ControlRequest {
        switch record.kind {
        case .join:
            var join = JoinRequest(nodeID: id.name, raftAddress: MachineAddress(record.target).description)
            join.force = record.isForced
            join.consent = consent
            join.asLearner = record.asLearner
            join.wait = record.waits
            join.timeoutMilliseconds = record.timeoutMilliseconds
            return .join(join)
        case .remove:
            var remove = RemoveRequest(nodeID: id.name)
            remove.force = record.isForced
            remove.timeoutMilliseconds = record.timeoutMilliseconds
            return .remove(remove)
        }
    }

    private func didAnswer(_ answer: ControlAnswer, to place: Int, _ process: ControlProcess) {
        guard !process.isDead, requests[place].isOpen else { return }
        trace.mix(UInt64(place) << 8 ^ UInt64(answer.applied.rawValue))
        say("\(requests[place].words) is answered \(answer.code), \(answer.applied): \(answer.message)")
        referee.judge(answer, to: place, of: requests, mainID)
        requests[place].outcome = .answered(answer)
        // The answer says what to do: the member is another directory, which has to be removed first.
        let machine = machines[requests[place].target]
        if isHealing, answer.code == .nodeIDConflict, let instance = machine.process?.store.facts.instance,
            let member = referee.configuration(of: mainID)[machine.id], member.instance != instance
        {
            machine.isToBeRemoved = true
        }
        coverage.count(answer.code == .ok ? .requestDone : .requestFailed)
    }

    // MARK: Becoming whole

    /// Whoever has a name in the cluster that two machines carry is to leave. Then the machine that has it from the
    /// other one is taken away for good, and the other one taken in.
    func announceNamesakes() {
        for machine in machines where machine.number != machine.name { machines[machine.name].isToBeRemoved = true }
    }

    private func retireNamesake(of machine: ControlMachine) {
        machine.isToBeRemoved = false
        for other in machines where other.name == machine.number && other !== machine {
            other.isRetired = true
            if let process = other.process { end(process, losesPower: false) }
        }
    }

    /// Takes in whoever is no voter yet, and looks whether requests end.
    func makeWhole() {
        for machine in machines where machine.process != nil && machine.number == machine.name {
            guard !requests.contains(where: { $0.name == machine.name && $0.isOpen }) else { continue }
            let configuration = referee.configuration(of: mainID)
            if machine.isToBeRemoved, configuration[machine.id] == nil { retireNamesake(of: machine) }
            if machine.isToBeRemoved || machine.isLost(to: configuration) {
                ask(.remove, machine.number, isForced: false)
            } else if configuration[machine.id]?.role != .voter {
                ask(.join, machine.number, isForced: true)
            }
        }
        for request in requests where request.isOpen {
            // Whoever passes it on waits a little longer than the leader; clocks differ.
            let limit = UInt64(request.timeoutMilliseconds) * 1_100_000 + 4_000_000_000
            if now > request.askedAt + limit { breach("\(request.words) never ends") }
        }
        schedule(ControlOccurrence.operators, at: now + 300_000_000)
    }

    /// Why the cluster is not whole yet; nil if it is.
    var missing: String? {
        let configuration = referee.configuration(of: mainID)
        let last = referee.ledger(of: mainID)
        for machine in machines where machine.number == machine.name {
            guard let process = machine.process else { return "\(machine.id) is down" }
            guard configuration[machine.id]?.role == .voter, !machine.isLost(to: configuration), !machine.isToBeRemoved
            else {
                return "\(machine.id) is no voter"
            }
            guard process.store.clusterID == mainID else { return "\(machine.id) is of another cluster" }
            let commit = process.core.withReplica { $0.commitIndex }
            guard commit == last.lastIndex else { return "\(machine.id) has not committed all" }
            guard process.store.stateMachine.appliedIndex == commit else { return "\(machine.id) has not applied all" }
            guard process.store.stateMachine.revision == last.state.revision else {
                return "the data of \(machine.id) are at another revision"
            }
        }
        if machines.contains(where: { $0.isUpgraded }), configuration.featureLevel == FeatureLevel.first {
            return "all members know a higher feature level, and the cluster stays at \(configuration.featureLevel)"
        }
        if requests.contains(where: { $0.isOpen }) { return "a request is open" }
        isQuiet = true
        return clients.openCount == 0 ? nil : "a client waits"
    }

    // MARK: Checks

    func judge(_ process: ControlProcess) {
        guard !process.isDead else { return }
        noteInstallation(process)
        judgeComparisons(process)
        let known = referee.changes.count
        let (leads, term) = process.core.withReplica { ($0.role == .leader, $0.currentTerm) }
        if leads, !process.wasLeader || term > process.termSeen {
            say("\(process.machine.directoryID) leads term \(term)")
        }
        referee.judge(process, mainID, now: now, requests, &coverage) { [self] change in
            breach(oracle.commit(change))
        }
        for change in referee.changes[known...] {
            say("\(process.machine.id) commits that machine \(change.machine) \(change.what)")
        }
    }

    /// Nobody's data ever differ here.
    private func judgeComparisons(_ process: ControlProcess) {
        if let verdict = process.store.stateMachine.verdicts.first {
            breach("\(process.machine.directoryID) holds \(verdict), and all data are right")
        }
        guard let agreed = process.core.board.current.lastAgreedIndex, agreed != process.agreedSeen else { return }
        process.agreedSeen = agreed
        coverage.count(.comparisonAgreed)
    }

    // MARK: The client

    func playClient() {
        clients.giveUp(client: 0, now: now, oracle: &oracle)
        schedule(ControlOccurrence.client, at: now + draws.workload.spread(5_000_000...60_000_000))
        guard !isQuiet else { return }
        if draws.workload.chance(perMille: 200) { return writeAstray() }
        let members = members
        guard !members.isEmpty else { return }
        let process = members[draws.workload.below(members.count)]
        guard process.machine.pausedUntil <= now else { return }
        let key = draws.workload.below(Operation.keyCount)
        let kind: Operation.Kind =
            switch draws.workload.below(4) {
            case 0: .put(.revision(clients.revisionsSeen[key]), reportsExistence: false)
            case 1: .delete(.none, reportsExistence: true)
            default: .put(.none, reportsExistence: false)
            }
        let operation = Operation(
            number: clients.nextNumber, kind: kind, key: key, client: 0, node: process.machine.number,
            life: process.life, floor: oracle.floor, deadline: now + settings.patience)
        oracle.begin(operation.number)
        clients.begin(operation)
        if operation.submit(to: process.gateway, padding: draws.workload.below(40)) {
            process.gateway.postBurst()
        } else {
            ended(operation.number, .failed(.overloaded))
        }
    }

    /// A client writes to a node that is a cluster of its own, or has none. A cluster that takes that node for its
    /// member would not know of the write, so it must not be acknowledged.
    private func writeAstray() {
        let others = machines.compactMap(\.process).filter { $0.store.clusterID != mainID }
        guard !others.isEmpty else { return }
        let process = others[draws.workload.below(others.count)]
        guard process.machine.pausedUntil <= now else { return }
        let operation = Operation(
            number: clients.nextNumber, kind: .put(.none, reportsExistence: false), key: 0, client: 0,
            node: process.machine.number, life: process.life, floor: oracle.floor, deadline: now + settings.patience)
        astrayWrites[operation.number] = process.isExpectedElsewhere
        // If the node is taken in while the write waits, it may reach the cluster after all.
        oracle.begin(operation.number)
        clients.begin(operation)
        if operation.submit(to: process.gateway, padding: 0) {
            process.gateway.postBurst()
        } else {
            ended(operation.number, .failed(.overloaded))
        }
    }

    func didAnswer(_ completion: Completion, _ process: ControlProcess) {
        guard !process.isDead else { return }
        ended(completion.tag.request, completion.outcome)
    }

    private func ended(_ number: UInt64, _ outcome: Outcome) {
        guard let operation = clients.answer(number) else {
            return breach("operation \(number) is answered once more: \(outcome)")
        }
        trace.mix(number)
        if let wasExpected = astrayWrites.removeValue(forKey: number) {
            return endedAstray(operation, outcome, wasExpected: wasExpected)
        }
        switch outcome {
        case .written(let result):
            clients.revisionsSeen[operation.key] = result.revision
            breach(oracle.answer(operation, result))
        case .readable: breach("a write is answered as a read")
        case .failed(.unknownOutcome): oracle.lose(operation)
        case .failed: breach(oracle.refuse(operation))
        }
    }

    private func endedAstray(_ operation: Operation, _ outcome: Outcome, wasExpected: Bool) {
        oracle.lose(operation)
        guard case .written = outcome else { return }
        coverage.count(.astrayWrite)
        if wasExpected {
            breach("\(operation.node) acknowledges a write, although another cluster takes it for its member")
        }
    }
}
