internal import HotPath
internal import KeyValue
internal import RaftCore

/// Starts and ends of processes.
extension Simulation {
    func start(_ node: SimulatedNode) throws {
        node.life += 1
        node.pausedUntil = 0
        node.slowness = 1
        let clock = NodeClock(origin: draws.nodes.next() % (1 << 40), partsPerMillion: node.drift)
        let process = try SimulatedProcess(
            node, in: self, clock: clock, settings: settings, seed: draws.nodes.next())
        node.process = process
        referee.didStart(process)
        process.replica.onTrouble = { [unowned self, unowned process] in didMeet($0, process) }
        process.replica.start()
        // The first turn was asked for before anybody could hear it.
        wake(node.number, life: node.life)
        schedule(
            .tableFlush(node: node.number, life: node.life),
            at: now + draws.disk.spread(1_000_000...settings.tableFlushMax))
        dialSoon(from: node.number)
        for other in nodes where other.isRunning && network.wanted(from: other.number).contains(node.number) {
            dialSoon(from: other.number)
        }
    }

    /// Ends a process as a crash does: what was not synced is lost, except for a batch that had already reached the
    /// disk. `silently`: the peers' connections learn nothing.
    func end(_ process: SimulatedProcess, silently: Bool) {
        let node = process.node
        node.process = nil
        node.appliedBefore = max(node.appliedBefore, process.stateMachine.appliedIndex)
        // A batch is written as a whole or not at all.
        if draws.disk.chance(perMille: 400) { for job in process.syncingJobs { node.disk.write(job) } }
        clients.lose(on: node.number, oracle: &oracle)
        for peer in nodes where peer.number != node.number { close(node.number, peer.number, silently: silently) }
        network.forget(node.number)
        coverage.count(.crash)
    }

    func endAndRestart(_ process: SimulatedProcess, afterMilliseconds downtime: Int, silently: Bool = false) {
        end(process, silently: silently)
        scheduleStart(process.node, afterMilliseconds: downtime)
    }

    func scheduleStart(_ node: SimulatedNode, afterMilliseconds downtime: Int) {
        schedule(.start(node: node.number, life: node.life), at: now + UInt64(downtime) * 1_000_000)
    }

    private func didMeet(_ trouble: Trouble, _ process: SimulatedProcess) {
        switch trouble {
        case .dataLoss(let loss): referee.didReport(loss, by: process, coverage: &coverage)
        case .stalledLog:
            coverage.count(.stalledDisk)
            process.stalledAsLeader = process.roleSeen == .leader
        }
    }
}
