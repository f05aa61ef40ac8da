internal import Bytes
internal import ClusterControl
internal import HotPath
internal import NIOCore
internal import NodeControl
internal import RaftCore
internal import Storage

/// Starts and ends of processes, and the work of their threads.
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
        let entries = try store.log.entries(in: LogRange(LogIndex(1), recovered.last.index.next), bytesMax: .max)
        let process = ControlProcess(machine, in: self, store, platform.fileSystem, shadow: ShadowLog(entries))
        machine.process = process
        say("\(machine.id) starts, of cluster \(store.clusterID.map { "\($0.low)" } ?? "none")")
        let workers = NodeCore.Workers(
            logWriter: process.workers, logReader: process.workers, applier: process.workers, comparer: process.workers,
            sinks: [process.workers])
        process.core.start(recovered, workers).assumeIsolated().whenFailure { [unowned self] error in
            breach("\(machine.id) does not listen: \(error)")
        }
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

    // MARK: The log thread

    func didSubmit(_ job: LogJob, _ process: ControlProcess) {
        if let index = job.truncateFrom { process.shadow.truncate(from: index) }
        for entry in job.entries {
            process.shadow.append(entry)
            let known = process.machine.featureLevel
            if entry.featureLevel > known {
                breach("\(process.machine.id) knows feature level \(known) and appends \(entry.id) of a higher one")
            }
        }
        process.jobs.append(job)
        beginSync(process)
    }

    private func beginSync(_ process: ControlProcess) {
        guard !process.isSyncing, !process.jobs.isEmpty else { return }
        process.isSyncing = true
        schedule(
            .synced(process), at: now + draws.disk.spread(settings.weather.syncMin...settings.weather.syncMax))
    }

    func finishSync(_ process: ControlProcess) {
        process.isSyncing = false
        // The thread takes what had come when it began; the rest is the next batch.
        let count = 1 + draws.disk.below(process.jobs.count)
        let jobs = Array(process.jobs.prefix(count))
        process.jobs.removeFirst(count)
        do {
            try process.store.log.append(jobs)
        } catch {
            return storeFailed(process, error)
        }
        if let last = jobs.last { process.core.mailbox.post(flushed: last.sequence, notice: last.notice) }
        beginSync(process)
    }

    func didAskForLog(_ range: LogRange, bytesMax: Int, id: UInt64, _ process: ControlProcess) {
        process.logReads.append((range, bytesMax, id))
        schedule(.logRead(process), at: now + draws.disk.spread(20_000...5_000_000))
    }

    func finishLogRead(_ process: ControlProcess) {
        guard !process.logReads.isEmpty else { return }
        let read = process.logReads.removeFirst()
        do {
            let entries = try process.store.log.entries(in: read.range, bytesMax: read.bytesMax)
            process.core.mailbox.post(LogRead(id: read.id, entries: entries))
        } catch {
            storeFailed(process, error)
        }
    }

    // MARK: The apply thread

    func didSubmit(_ job: ApplyJob, _ process: ControlProcess) {
        process.applyJobs.append(job)
        beginApply(process)
    }

    private func beginApply(_ process: ControlProcess) {
        guard !process.isApplying, !process.applyJobs.isEmpty else { return }
        process.isApplying = true
        schedule(.applied(process), at: now + draws.timing.spread(5_000...500_000))
    }

    func apply(_ process: ControlProcess) {
        process.isApplying = false
        let jobs = process.applyJobs
        process.applyJobs.removeAll()
        do {
            try process.worker.apply(jobs)
        } catch {
            return storeFailed(process, error)
        }
        beginApply(process)
    }

    // MARK: The maintenance thread

    func maintain(_ process: ControlProcess, _ job: ControlProcess.MaintenanceJob) {
        process.maintenance.append(job)
        schedule(.maintained(process), at: now + draws.disk.spread(100_000...20_000_000))
    }

    func finishMaintenance(_ process: ControlProcess) {
        guard !process.maintenance.isEmpty else { return }
        let job = process.maintenance.removeFirst()
        let before = process.store.clusterID
        let report = job.work()
        let after = process.store.clusterID
        if before != after {
            process.isExpectedElsewhere = false
            process.shadow = ShadowLog([])
            process.commitSeen = .zero
            process.termSeen = .zero
            process.wasLeader = false
            say("\(process.machine.id) drops its history")
            referee.didDrop(process.machine.name, from: before, to: after, mainID, now: now, requests)
            if let pending = breaks.first(where: {
                $0.adoption.step == .historyDropped && $0.joiner == process.machine.number
            }) {
                breakOff(pending.adoption, of: process.machine.number, nil)
            }
        }
        if process.isDead { job.fail() } else { report() }
    }
}
