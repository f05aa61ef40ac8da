internal import HotPath
internal import RaftCore

/// Starts and ends of processes, and what a schedule does to them.
extension CoreSimulation {
    func start(_ node: CoreNode) throws {
        node.life += 1
        node.pausedUntil = 0
        node.slowness = 1
        let clock = NodeClock(origin: draws.nodes.next() % (1 << 40), partsPerMillion: node.drift)
        let kept = draws.disk.chance(perMille: 300) ? Int(UInt16.max) : draws.disk.below(20)
        let process = try CoreProcess(
            node, in: self, clock: clock, seed: draws.nodes.next(), entriesKept: kept)
        node.process = process
        referee.didStart(process)
        process.linkMembers()
        wake(node.number, life: node.life)
        for other in nodes where other.process != nil && network.wanted(from: other.number).contains(node.number) {
            dialSoon(from: other.number)
        }
    }

    /// Ends a process as a crash does: what was not synced is lost, or has reached the disk all the same.
    func end(_ process: CoreProcess, silently: Bool) {
        let node = process.node
        if process.installing != nil { coverage.count(.installationCutOff) }
        node.process = nil
        if draws.disk.chance(perMille: 400) { node.disk.record.complete() } else { node.disk.record.undo() }
        for peer in nodes where peer.number != node.number { close(node.number, peer.number, silently: silently) }
        network.forget(node.number)
        coverage.count(.crash)
    }

    func meet(_ fault: Fault) {
        let before = faultsMet
        say("FAULT \(fault)")
        switch fault {
        case .crash(let target, let effects, let downtime): crash(target, effects, downtime)
        case .powerLoss(let downtime):
            let running = nodes.compactMap(\.process)
            for process in running {
                end(process, silently: false)
                scheduleStart(process.node, afterMilliseconds: downtime)
            }
            if !running.isEmpty { noteFault() }
        case .pause(let target, let time): afflict(target) { $0.pausedUntil = self.end(of: time) }
        case .slow(let target, let time): slow(target, time)
        case .hangDisk(let target, let time):
            guard let number = number(of: target), nodes[number].process != nil else { return }
            nodes[number].diskHangsUntil = end(of: time)
            noteFault(latent: .hungDisk(number))
        case .isolate, .deafen, .cut, .split, .breakLink, .storm: disturbNetwork(fault)
        case .add, .promote, .demote, .remove, .transfer: operate(fault)
        case .compact(let target): if let number = number(of: target) { compact(nodes[number]) }
        default: return
        }
        if faultsMet > before { coverage.count(.fault) }
    }

    private func afflict(_ target: Target, _ change: (CoreNode) -> Void) {
        guard let number = number(of: target), nodes[number].process != nil else { return }
        change(nodes[number])
        noteFault()
    }

    private func crash(_ target: Target, _ effects: Int, _ downtime: Int) {
        guard let number = number(of: target), let process = nodes[number].process else { return }
        noteFault()
        scheduleStart(process.node, afterMilliseconds: downtime)
        if effects == 0 { return end(process, silently: draws.network.chance(perMille: 200)) }
        process.effectsLeft = effects - 1
        // It dies at once if nothing happens in its turn.
        coverage.count(.crashAmongEffects)
        wake(number, life: process.life)
        schedule(.stop(node: number, life: process.life), at: now + 1_000_000)
    }

    // MARK: Operators

    private func operate(_ fault: Fault) {
        let change: Event
        switch fault {
        case .add(let target):
            guard let number = number(of: target) else { return }
            change = .changeConfiguration(.addLearner(Member(id: nodes[number].id, role: .learner)))
        case .promote(let target):
            guard let number = number(of: target) else { return }
            change = .changeConfiguration(.promote(nodes[number].id))
        case .demote(let target):
            guard let number = number(of: target) else { return }
            change = .changeConfiguration(.demote(nodes[number].id))
        case .remove(let target):
            guard let number = number(of: target), latestConfiguration.members.count > 1 else { return }
            if number == leading?.number { coverage.count(.removalOfLeader) }
            change = .changeConfiguration(.remove(nodes[number].id))
        case .transfer(let target):
            let to = target.flatMap { number(of: $0) }.map { nodes[$0].id }
            if let leading {
                referee.willTransfer(leading, to: to, coverage: &coverage)
                noteFault(latent: .transfer)
            }
            change = .transferLeadership(to: to)
        default: return
        }
        // An operator cannot know better than those who take themselves for leaders.
        for process in nodes.compactMap(\.process) where process.role == .leader && process.node.pausedUntil <= now {
            // It has a turn of its own: what is committed in a turn is judged by the configuration after it.
            turn(process)
            guard process.node.process === process else { continue }
            process.add(.event(change))
            turn(process)
        }
    }
}
