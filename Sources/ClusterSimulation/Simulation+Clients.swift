internal import HotPath
internal import KeyValue
internal import RaftCore

/// What clients do, and what they are told.
extension Simulation {
    func scheduleClient(_ client: Int) {
        schedule(
            .client(client),
            at: now + draws.workload.spread(settings.thinkMin...max(settings.thinkMin, settings.thinkMax)))
    }

    /// A client asks for some things at once, of whichever node it is connected to.
    func play(client: Int) {
        clients.giveUp(client: client, now: now, oracle: &oracle)
        let node = drawNode()
        if isQuiet { return scheduleClient(client) }
        if let process = nodes[node].process, nodes[node].pausedUntil <= now {
            for _ in 0..<draws.workload.within(1...settings.burstMax) { begin(client, process) }
            process.gateway.postBurst()
            readStale(process)
        }
        scheduleClient(client)
    }

    /// Mostly a member, as far as anybody knows, and now and then whichever node.
    private func drawNode() -> Int {
        let asksAny = draws.workload.chance(perMille: 200)
        let members = latestConfiguration.members
        guard !asksAny, !members.isEmpty else { return draws.workload.below(nodes.count) }
        let member = members[draws.workload.below(members.count)].id
        guard let node = number(of: member) else { preconditionFailure("\(member) is no node") }
        return node
    }

    private func begin(_ client: Int, _ process: SimulatedProcess) {
        let key = draws.workload.below(Operation.keyCount)
        let operation = Operation(
            number: clients.nextNumber, kind: drawKind(key: key), key: key, client: client,
            node: process.node.number, life: process.life, floor: oracle.floor, deadline: now + settings.patience)
        oracle.begin(operation.number)
        clients.begin(operation)
        let padding = draws.workload.chance(perMille: 100) ? draws.workload.below(600) : draws.workload.below(40)
        guard operation.submit(to: process.gateway, padding: padding) else {
            return ended(operation.number, .failed(.overloaded), process)
        }
    }

    private func drawKind(key: Int) -> Operation.Kind {
        let reports = draws.workload.chance(perMille: 200)
        switch draws.workload.below(20) {
        case 0...3: return .linearizableRead
        case 4...5: return .put(.revision(clients.revisionsSeen[key]), reportsExistence: reports)
        case 6: return .put(.absent, reportsExistence: reports)
        case 7: return .put(.present, reportsExistence: reports)
        case 8...9: return .delete(.none, reportsExistence: reports)
        case 10: return .delete(.revision(clients.revisionsSeen[key]), reportsExistence: reports)
        case 11:
            var keys = [key]
            for _ in 0..<draws.workload.within(1...4) { keys.append(draws.workload.below(Operation.keyCount)) }
            return .group(
                keys: keys, deletesLast: draws.workload.chance(perMille: 300), hasOneRevision: reports)
        default: return .put(.none, reportsExistence: reports)
        }
    }

    /// A read that asks nobody.
    private func readStale(_ process: SimulatedProcess) {
        guard draws.workload.chance(perMille: 100), process.board.staleReads == .served else { return }
        breach(ShownStateStays.breach(by: process))
        read(RecordRead(reader: .stale, key: draws.workload.below(Operation.keyCount)), process)
    }

    // MARK: Answers

    func didAnswer(_ completion: Completion, _ process: SimulatedProcess) {
        ended(completion.tag.request, completion.outcome, process)
    }

    private func ended(_ number: UInt64, _ outcome: Outcome, _ process: SimulatedProcess) {
        // A read is answered once its record is read.
        if case .readable = outcome, let key = clients.key(of: number) {
            return read(RecordRead(reader: .operation(number), key: key), process)
        }
        guard let operation = takeOperation(number, "\(outcome)", process) else { return }
        switch outcome {
        case .written(let result):
            clients.revisionsSeen[operation.key] = result.revision
            breach(oracle.answer(operation, result))
            if case .group = operation.kind { coverage.count(.groupAcknowledged) }
        case .readable: referee.breach("\(process.node.id) lets operation \(number) read, which nobody began")
        case .failed(.unknownOutcome): oracle.lose(operation)
        case .failed: breach(oracle.refuse(operation))
        }
    }

    /// The operation that a node answers, which is over with that.
    func takeOperation(_ number: UInt64, _ outcome: @autoclosure () -> String, _ process: SimulatedProcess)
        -> Operation?
    {
        guard let operation = clients.answer(number) else {
            referee.breach("\(process.node.id) answers operation \(number) once more: \(outcome())")
            return nil
        }
        trace.mix(number)
        say("\(process.node.id) answers \(operation.words) \(outcome())")
        return operation
    }

    /// Whether the link over which an operation went to a leader closed, and another opened, since it began.
    func hasReconnected(_ number: UInt64, to leader: Int) -> Bool {
        guard number >= 1, number < clients.nextNumber else { return false }
        let operation = clients.operations[Int(number) - 1]
        return operation.node != leader
            && network.openedAt(from: operation.node, to: leader) > operation.deadline - settings.patience
    }

    func breach(_ text: String?) {
        if let text { referee.breach(text) }
    }
}
