internal import HotPath
internal import NodeControl
internal import RaftCore
internal import Storage

/// The work of the threads of processes.
extension ControlWorld {
    // MARK: The log thread

    func didSubmit(_ job: LogJob, _ process: ControlProcess) {
        noteInstallation(process)
        judgeCut(job, process)
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

    private func judgeCut(_ job: LogJob, _ process: ControlProcess) {
        guard let point = job.compaction else { return }
        do throws(StoreFailure) {
            let persisted = try process.store.stateMachine.persistedAppliedIndex()
            breach(
                CutIsPersisted.breach(
                    of: point, by: process.machine.directoryID, persisted: persisted, shadow: process.shadow))
        } catch {
            storeFailed(process, error)
        }
    }

    private func beginSync(_ process: ControlProcess) {
        guard !process.isSyncing, !process.jobs.isEmpty else { return }
        process.isSyncing = true
        schedule(
            .synced(process), at: now + draws.disk.spread(settings.weather.syncMin...settings.weather.syncMax))
    }

    func finishSync(_ process: ControlProcess) {
        process.isSyncing = false
        do {
            let last = try write(process)
            if let installation = last.installation { process.core.mailbox.post(installation.news) }
            process.core.mailbox.post(flushed: last.sequence, notice: last.notice)
        } catch {
            return storeFailed(process, error)
        }
        beginSync(process)
    }

    /// The thread takes what had come when it began; the rest is the next batch. Returns the last job that is durable.
    private func write(_ process: ControlProcess) throws -> LogJob {
        if let installation = process.jobs[0].installation {
            try install(installation, process)
            return process.jobs.removeFirst()
        }
        let waiting = process.jobs.firstIndex { $0.installation != nil } ?? process.jobs.count
        let jobs = Array(process.jobs.prefix(1 + draws.disk.below(waiting)))
        process.jobs.removeFirst(jobs.count)
        try process.store.log.append(jobs)
        if jobs.contains(where: { $0.compaction != nil }) { coverage.count(.logCut) }
        return jobs[jobs.count - 1]
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

    // MARK: Snapshots

    /// Puts a snapshot in the place of log and state. To the rules a snapshot is the committed entries that it stands
    /// for.
    private func install(_ installation: SnapshotInstallation, _ process: ControlProcess) throws {
        let last = installation.lastIncluded
        let ledger = process.store.clusterID.map { referee.ledger(of: $0) } ?? Ledger()
        breach(SnapshotIsCommitted.breach(of: installation, by: process.machine.directoryID, ledger: ledger))
        try installation.carryOut()
        process.installed = (last, Array(ledger.entries.prefix(Int(last.index.rawValue))))
        coverage.count(.snapshotInstalled)
        say("\(process.machine.directoryID) installs the snapshot through \(last)")
    }

    /// The core has taken note of an installation: from now on its log is that of the snapshot.
    func noteInstallation(_ process: ControlProcess) {
        guard let installed = process.installed,
            process.core.withReplica({ $0.compactedLogID.index }) >= installed.lastIncluded.index
        else { return }
        process.shadow = ShadowLog(installed.entries)
        process.installed = nil
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
            process.installed = nil
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
