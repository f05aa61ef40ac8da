internal import HotPath
internal import RaftCore
internal import Storage

/// The log thread, the apply thread, the flush thread and the thread that reads the log, of all nodes.
extension Simulation {
    // MARK: The log thread

    func didSubmit(_ job: LogJob, _ process: SimulatedProcess) {
        noteInstallation(process)
        referee.willChangeLog(job, process, coverage: &coverage)
        if let point = job.compaction {
            breach(
                CutIsPersisted.breach(
                    of: point, by: process.id, persisted: process.node.disk.persisted, shadow: process.shadow))
            breach(CutIsPersisted.breach(of: point, by: process.id, offering: process.snapshots.offers))
        }
        if let index = job.truncateFrom { process.shadow.truncate(from: index) }
        for entry in job.entries { process.shadow.append(entry) }
        referee.didChangeLog(job, process)
        noteTaken(job, process.node)
        process.storage.submit(job)
        beginWriteIfDue(process)
    }

    /// The log thread takes everything that waits as one batch.
    private func beginWriteIfDue(_ process: SimulatedProcess) {
        guard process.storage.hasLogWork, !process.ports.isDead else { return }
        do {
            if let installation = process.storage.nextInstallation {
                try install(installation, process)
            } else {
                try process.storage.beginWrite()
            }
        } catch {
            return storeFailed(process, error)
        }
        if settings.raft.has(.reportsBeforeSync), let last = process.storage.lastWrittenJob {
            process.mailbox.post(flushed: last.sequence, notice: last.notice)
        }
        var time = draws.disk.spread(weather.syncMin...weather.syncMax) * process.node.slowness
        if draws.disk.chance(perMille: weather.slowSync) { time += draws.disk.spread(50_000_000...1_000_000_000) }
        schedule(.synced(node: process.node.number, life: process.life), at: now + time)
    }

    func finishSync(_ process: SimulatedProcess) {
        let node = process.node
        guard node.diskHangsUntil <= now else {
            noteEffect(of: .hungDisk(node.number))
            return schedule(.synced(node: node.number, life: process.life), at: again(before: node.diskHangsUntil))
        }
        guard node.disk.medium.permitsEndOfSync() else {
            process.storage.failSync()
            return storeFailed(process, StoreFailure(operation: "sync", message: "Input/output error"))
        }
        process.storage.endSync(isSkipped: settings.raft.has(.skipsSync))
        // Mostly the thread says so at once.
        guard draws.disk.chance(perMille: 100) else { return report(process) }
        schedule(
            .reported(node: node.number, life: process.life), at: now + draws.disk.spread(5_000...5_000_000))
    }

    /// The log thread says that its batch is durable.
    func report(_ process: SimulatedProcess) {
        let last = process.storage.takeNotice()
        if let waiting = process.storage.lastWaitingJob, waiting.notice.epoch != last.notice.epoch {
            coverage.count(.staleFlushNotice)
        }
        if let installation = last.installation { process.mailbox.post(installation.news) }
        if !settings.raft.has(.reportsBeforeSync) {
            process.mailbox.post(flushed: last.sequence, notice: last.notice)
        }
        if draws.disk.chance(perMille: 15), schedule.bringsBackDisks { remember(process.node) }
        beginWriteIfDue(process)
    }

    /// Keeps a copy of a disk for the fault that brings it back.
    private func remember(_ node: SimulatedNode) {
        node.olderDisks.append(node.disk.copy())
        if node.olderDisks.count > 4 { node.olderDisks.removeFirst() }
    }

    // MARK: Reads of the log

    func didAskForLog(_ range: LogRange, bytesMax: Int, id: UInt64, _ process: SimulatedProcess) {
        process.logReads.append((range, bytesMax, id))
        coverage.count(.readOfOldEntries)
        schedule(
            .logRead(node: process.node.number, life: process.life),
            at: now + draws.disk.spread(20_000...5_000_000) * process.node.slowness)
    }

    func finishLogRead(_ process: SimulatedProcess) {
        let node = process.node
        guard node.readsHangUntil <= now else {
            noteEffect(of: .hungReads(node.number))
            return schedule(.logRead(node: node.number, life: process.life), at: again(before: node.readsHangUntil))
        }
        guard !process.logReads.isEmpty else { return }
        let read = process.logReads.removeFirst()
        do {
            let entries = try process.storage.store.log.entries(in: read.range, bytesMax: read.bytesMax)
            process.mailbox.post(LogRead(id: read.id, entries: entries))
            process.readsAtHand += 1
        } catch {
            storeFailed(process, error)
        }
    }

    // MARK: The apply thread

    func didSubmit(_ job: ApplyJob, _ process: SimulatedProcess) {
        process.applyJobs.append(job)
        scheduleApply(process)
    }

    private func scheduleApply(_ process: SimulatedProcess) {
        guard !process.isApplyScheduled else { return }
        process.isApplyScheduled = true
        schedule(
            .apply(node: process.node.number, life: process.life), at: now + pace(process.node, 5_000...500_000))
    }

    func apply(_ process: SimulatedProcess) {
        let node = process.node
        guard node.applyHangsUntil <= now else {
            noteEffect(of: .hungApply(node.number))
            return schedule(.apply(node: node.number, life: process.life), at: again(before: node.applyHangsUntil))
        }
        guard process.storage.store.stateMachine.hasRoomForTables else {
            // Until the flush thread has made room.
            process.isApplyBlocked = true
            return coverage.count(.applyWithoutRoom)
        }
        process.isApplyScheduled = false
        // The thread takes some of what waits: the rest comes while it works.
        let count = 1 + draws.timing.below(process.applyJobs.count)
        let jobs = Array(process.applyJobs.prefix(count))
        process.applyJobs.removeFirst(count)
        do {
            try process.worker.apply(jobs)
        } catch {
            return storeFailed(process, error)
        }
        referee.didApply(process)
        scheduleFlushIfDue(process)
        if !process.applyJobs.isEmpty { scheduleApply(process) }
    }

    /// When to look again whether what hangs works again: a scenario may end a fault early.
    func again(before end: UInt64) -> UInt64 { min(end, now + 5_000_000) }

    // MARK: The flush thread

    private func scheduleFlushIfDue(_ process: SimulatedProcess) {
        guard !process.isFlushScheduled, process.storage.hasFlushWork else { return }
        process.isFlushScheduled = true
        schedule(
            .flushStep(node: process.node.number, life: process.life),
            at: now + draws.disk.spread(200_000...settings.storage.flushStepMax) * process.node.slowness)
    }

    func flush(_ process: SimulatedProcess) {
        let node = process.node
        guard node.diskHangsUntil <= now else {
            noteEffect(of: .hungDisk(node.number))
            return schedule(.flushStep(node: node.number, life: process.life), at: again(before: node.diskHangsUntil))
        }
        process.isFlushScheduled = false
        do {
            switch try process.storage.flushStep() {
            case .entered: coverage.count(.tableEntered)
            case .failed:
                return storeFailed(process, StoreFailure(operation: "flush", message: "a table was not written"))
            case .nothing, .wroteFile, .waitsForCompaction: break
            }
        } catch {
            return storeFailed(process, error)
        }
        resumeApply(process)
        scheduleFlushIfDue(process)
    }

    /// The apply thread continues if it has waited for room.
    func resumeApply(_ process: SimulatedProcess) {
        guard process.isApplyBlocked, process.storage.store.stateMachine.hasRoomForTables else { return }
        process.isApplyBlocked = false
        process.isApplyScheduled = false
        scheduleApply(process)
    }
}
