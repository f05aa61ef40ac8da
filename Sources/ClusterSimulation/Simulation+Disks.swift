internal import HotPath
internal import RaftCore

/// The log thread, the apply thread and the thread that reads the log, of all nodes.
extension Simulation {
    // MARK: The log thread

    func didSubmit(_ job: LogJob, _ process: SimulatedProcess) {
        referee.willChangeLog(job, process, coverage: &coverage)
        if let index = job.truncateFrom { process.shadow.truncate(from: index) }
        for entry in job.entries { process.shadow.append(entry) }
        referee.didChangeLog(job, process)
        process.waitingJobs.append(job)
        if process.syncingJobs.isEmpty { beginSync(process) }
    }

    /// The log thread takes everything that waits as one batch.
    private func beginSync(_ process: SimulatedProcess) {
        swap(&process.syncingJobs, &process.waitingJobs)
        var time = draws.disk.spread(weather.syncMin...weather.syncMax) * process.node.slowness
        if draws.disk.chance(perMille: weather.slowSync) { time += draws.disk.spread(50_000_000...1_000_000_000) }
        schedule(.synced(node: process.node.number, life: process.life), at: now + time)
    }

    func finishSync(_ process: SimulatedProcess) {
        let node = process.node
        guard node.diskHangsUntil <= now else {
            return schedule(.synced(node: node.number, life: process.life), at: node.diskHangsUntil)
        }
        if let downtime = node.failingSync {
            // Nobody knows what is on disk: the process ends, whatever it is.
            node.failingSync = nil
            coverage.count(.failedSync)
            return endAndRestart(process, afterMilliseconds: downtime)
        }
        let jobs = process.syncingJobs
        process.syncingJobs.removeAll()
        for job in jobs { node.disk.write(job) }
        guard let last = jobs.last else { preconditionFailure("a sync of nothing is done") }
        if let waiting = process.waitingJobs.last, waiting.notice.epoch != last.notice.epoch {
            coverage.count(.staleFlushNotice)
        }
        process.mailbox.post(flushed: last.sequence, notice: last.notice)
        if draws.disk.chance(perMille: 15) { remember(node) }
        if !process.waitingJobs.isEmpty { beginSync(process) }
    }

    /// Keeps a copy of a disk for the fault that brings it back.
    private func remember(_ node: SimulatedNode) {
        node.olderDisks.append(node.disk)
        if node.olderDisks.count > 4 { node.olderDisks.removeFirst() }
    }

    // MARK: Reads of the log

    func didAskForLog(_ range: LogRange, id: UInt64, _ process: SimulatedProcess) {
        process.logReads.append((range, id))
        coverage.count(.readOfOldEntries)
        schedule(
            .logRead(node: process.node.number, life: process.life),
            at: now + draws.disk.spread(20_000...5_000_000) * process.node.slowness)
    }

    func finishLogRead(_ process: SimulatedProcess) {
        let node = process.node
        guard node.readsHangUntil <= now else {
            return schedule(.logRead(node: node.number, life: process.life), at: node.readsHangUntil)
        }
        guard !process.logReads.isEmpty else { return }
        let read = process.logReads.removeFirst()
        // Entries that another leader replaced meanwhile are not there.
        let upper = min(read.range.upper, node.disk.lastLogID.index.next)
        let entries =
            read.range.lower < upper
            ? Array(node.disk.log[(Int(read.range.lower.rawValue) - 1)..<(Int(upper.rawValue) - 1)]) : []
        process.mailbox.post(LogRead(id: read.id, entries: entries))
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

    func apply(_ process: SimulatedProcess) throws {
        let node = process.node
        guard node.applyHangsUntil <= now else {
            return schedule(.apply(node: node.number, life: process.life), at: node.applyHangsUntil)
        }
        process.isApplyScheduled = false
        // The thread takes some of what waits: the rest comes while it works.
        let count = 1 + draws.timing.below(process.applyJobs.count)
        let jobs = Array(process.applyJobs.prefix(count))
        process.applyJobs.removeFirst(count)
        try process.worker.apply(jobs)
        referee.didApply(process)
        if !process.applyJobs.isEmpty { scheduleApply(process) }
    }

    func flushTable(_ process: SimulatedProcess) {
        process.node.disk.state = process.stateMachine.state
        schedule(
            .tableFlush(node: process.node.number, life: process.life),
            at: now + draws.disk.spread(5_000_000...settings.tableFlushMax))
    }
}
