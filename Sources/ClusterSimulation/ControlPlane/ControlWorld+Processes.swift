internal import Bytes
internal import ClusterControl
internal import HotPath
internal import NIOCore
internal import NodeControl
internal import RaftCore
internal import Storage

/// Starts and ends of processes.
extension ControlWorld {
    func start(_ machine: ControlMachine) throws {
        machine.life += 1
        machine.pausedUntil = 0
        network.restorePower(of: machine.number)
        var model = ModelSettings()
        model.seed = drawForNodes()
        let platform = SimulatedPlatform(on: machine.disk, model)
        let store = try NodeStore.open(
            directory: Self.directory(of: machine), nodeID: machine.id,
            options: .simulated(tableBytes: 16_384), on: platform)
        if let id = machine.foundedID {
            try store.foundClusterOfOne(
                id: id, instance: InstanceID(high: drawForNodes(), low: drawForNodes()), nodeID: machine.id,
                addresses: ControlProcess.addresses(of: machine), featureLevel: machine.featureLevel)
        }
        let recovered = try store.recover(knowing: machine.featureLevel)
        guard let shadow = try shadow(of: recovered, store, machine) else { return }
        let process = ControlProcess(machine, in: self, store, platform.fileSystem, shadow: shadow)
        machine.process = process
        say("\(machine.id) starts, of cluster \(store.clusterID.map { "\($0.low)" } ?? "none")")
        let workers = NodeCore.Workers(
            logWriter: process.workers, logReader: process.workers, applier: process.workers, comparer: process.workers,
            sinks: [process.workers])
        process.core.start(recovered, workers).assumeIsolated().whenFailure { [unowned self] error in
            breach("\(machine.id) does not listen: \(error)")
        }
    }

    /// The log that a node starts with, from the first entry on: what has left it is what the cluster has committed.
    /// Nil after a breach.
    private func shadow(
        of recovered: Raft.Recovered, _ store: NodeStore, _ machine: ControlMachine
    ) throws -> ShadowLog? {
        let gone = recovered.compacted
        let entries = try store.log.entries(in: LogRange(gone.index.next, recovered.last.index.next), bytesMax: .max)
        guard gone.index > .zero, let cluster = store.clusterID else { return ShadowLog(entries) }
        let ledger = referee.ledger(of: cluster)
        let difference = CompactedIsCommitted.breach(
            by: machine.directoryID, through: gone, applied: recovered.applied, ledger: ledger)
        if let difference {
            breach(difference)
            return nil
        }
        return ShadowLog(ledger.entries.prefix(Int(gone.index.rawValue)) + entries)
    }

    static func directory(of machine: ControlMachine) -> String { "/data/\(machine.id)" }

    /// Ends a process as a crash does, or with its machine.
    func end(_ process: ControlProcess, losesPower: Bool) {
        let machine = process.machine
        guard !process.isDead else { return }
        machine.process = nil
        machine.upgrade()
        coverage.count(.crash)
        if losesPower {
            network.cutPower(of: machine.number, life: process.life)
        } else {
            network.endProcess(on: machine.number, life: process.life)
        }
        process.fileSystem.kill()
        if losesPower {
            var generator = SplitMix64(seed: drawForNodes())
            machine.disk.losePower(.drawn, drawing: &generator)
        }
        for place in requests.indices where requests[place].isOpen && requests[place].isAsked(of: process) {
            requests[place].outcome = .lost
        }
        clients.lose(on: machine.number, oracle: &oracle)
        if !process.takeAway() { breach("a task of \(machine.id) never ends, although its process is gone") }
    }

    /// The end of a rolling upgrade: who still runs the older release is started anew.
    func upgradeAll() {
        for process in machines.compactMap(\.process)
        where process.machine.isUpgraded && process.machine.featureLevel == FeatureLevel.first {
            crash(process, downtime: 50)
        }
    }

    func crash(_ process: ControlProcess, downtime: Int, losesPower: Bool = false) {
        end(process, losesPower: losesPower)
        schedule(
            .start(machine: process.machine.number, life: process.life), at: now + UInt64(downtime) * 1_000_000)
    }

    /// As a process does that is asked to stop.
    func terminate(_ process: ControlProcess, downtime: Int) {
        guard !process.isStopping else { return }
        process.isStopping = true
        coverage.count(.terminated)
        let stopped = Confined((world: self, process: process))
        _ = process.executor.spawn { [core = process.core] in
            if await core.stopTakingRequests() {
                await core.finishOpenRequests(until: core.tasks.deadline(inMilliseconds: 300))
            }
            await core.closeLinks()
            stopped.value.world.didStop(stopped.value.process, downtime: downtime)
        }
    }

    private func didStop(_ process: ControlProcess, downtime: Int) {
        guard !process.isDead else { return }
        // As an event of its own: the task that says so ends with the process.
        schedule(.stopped(process, downtime: downtime), at: now)
    }

    func storeFailed(_ process: ControlProcess, _ error: any Error) {
        breach("the store of \(process.machine.id) fails: \(error)")
    }

    func wakeTasks(of process: ControlProcess) {
        schedule(.tasks(process), at: now + draws.timing.spread(1_000...30_000))
    }
}
