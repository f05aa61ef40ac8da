internal import HotPath
internal import RaftCore

/// The log threads and the state machines of all nodes, and what compacts the one by the other.
extension CoreSimulation {
    // MARK: The log

    func didSubmit(_ job: LogJob, _ process: CoreProcess) {
        referee.willChangeLog(job, process, coverage: &coverage)
        if let index = job.truncateFrom { process.shadow.truncate(from: index) }
        for entry in job.entries { process.shadow.append(entry) }
        referee.didChangeLog(job, process)
        process.waitingJobs.append(job)
        if process.owesSince == nil {
            process.owesSince = now
            schedule(
                .turn(node: process.number, life: process.life), at: now + settings.replica.logStallNanoseconds)
        }
        if process.syncingJobs.isEmpty { beginSync(process) }
    }

    /// The log thread takes everything that waits as one batch.
    private func beginSync(_ process: CoreProcess) {
        swap(&process.syncingJobs, &process.waitingJobs)
        process.node.disk.record.begin(.batch(process.syncingJobs))
        var time = draws.disk.spread(weather.syncMin...weather.syncMax) * process.node.slowness
        if draws.disk.chance(perMille: weather.slowSync) { time += draws.disk.spread(50_000_000...1_000_000_000) }
        schedule(.synced(node: process.number, life: process.life), at: now + time)
    }

    func finishSync(_ process: CoreProcess) {
        guard process.node.diskHangsUntil <= now else {
            noteEffect(of: .hungDisk(process.number))
            return schedule(.synced(node: process.number, life: process.life), at: process.node.diskHangsUntil)
        }
        process.node.disk.record.complete()
        var jobs = process.writtenJobs + process.syncingJobs
        process.writtenJobs.removeAll()
        process.syncingJobs.removeAll()
        if let last = jobs.last, let waiting = process.waitingJobs.last, waiting.notice.epoch != last.notice.epoch {
            coverage.count(.staleFlushNotice)
        }
        if process.waitingJobs.isEmpty {
            process.owesSince = nil
        } else {
            process.owesSince = now
            beginSync(process)
        }
        // Now and then the report of the last job comes with the next ones.
        if jobs.count > 1, draws.disk.chance(perMille: 200), let last = jobs.popLast() {
            process.writtenJobs.append(last)
            schedule(.synced(node: process.number, life: process.life), at: now + 500_000)
        }
        process.report(jobs)
        didTurn(process)
    }

    // MARK: Reads of the log

    func didAskForLog(_ request: LogReadRequest, _ process: CoreProcess) {
        process.logReads.append(request)
        coverage.count(.readOfOldEntries)
        var time = draws.disk.spread(20_000...5_000_000) * process.node.slowness
        if !isHealing, draws.disk.chance(perMille: 100) { time += draws.disk.spread(5_000_000...2_000_000_000) }
        schedule(.logRead(node: process.number, life: process.life), at: now + time)
    }

    /// One of the reads is done, or never will be: then the link that waits for it is renewed.
    func finishLogRead(_ process: CoreProcess) {
        let node = process.node
        guard node.diskHangsUntil <= now else {
            noteEffect(of: .hungDisk(node.number))
            return schedule(.logRead(node: node.number, life: process.life), at: node.diskHangsUntil)
        }
        guard !process.logReads.isEmpty else { return }
        let request = process.logReads.remove(at: draws.disk.below(process.logReads.count))
        if !isHealing, draws.disk.chance(perMille: 30), let follower = number(of: request.follower) {
            coverage.count(.readLost)
            close(node.number, follower, silently: false)
            // A newer link may have taken the place of the one that closes, and then nobody reports the end.
            process.add(.event(.peerUnreachable(request.follower)))
            return wake(node.number, life: process.life)
        }
        process.add(.read(request, node.disk.entries(in: request.range, bytesMax: request.bytesMax)))
        wake(node.number, life: process.life)
    }

    // MARK: The state machine

    func scheduleApply(_ process: CoreProcess) {
        guard !process.isApplyScheduled else { return }
        process.isApplyScheduled = true
        schedule(.apply(node: process.number, life: process.life), at: now + pace(process.node, 5_000...500_000))
    }

    func apply(_ process: CoreProcess) {
        process.isApplyScheduled = false
        process.apply(count: 1 + draws.timing.below(8))
        referee.didApply(process)
        wake(process.number, life: process.life)
        if process.state.applied < process.applyThrough { scheduleApply(process) }
    }

    // MARK: Compaction

    /// The state machine of a node becomes durable, and some of the log that it covers, or all of that, is dropped.
    func compact(_ node: CoreNode) {
        guard let process = node.process, process.state.applied > process.compacted.index else { return }
        node.disk.persist(process.state)
        let first = process.compacted.index.rawValue + 1
        let last = process.state.applied.rawValue
        let kept = draws.disk.chance(perMille: 700) ? 0 : draws.disk.below(Int(last - first) + 1)
        let index = LogIndex(last - UInt64(kept))
        guard let term = process.log.term(at: index), let configuration = process.raft.configuration(at: index) else {
            return referee.breach("\(node.id) has applied \(last), and knows nothing of \(index)")
        }
        noteFault()
        coverage.count(.compaction)
        coverage.count(.entryDropped, times: Int(index.rawValue - first) + 1)
        let id = LogID(index: index, term: term)
        node.disk.compact(through: id, configuration)
        say("\(node.id) drops its log through \(id)")
        if crashes(process, .crashAfterCompaction) { return }
        process.compact(through: id)
        turn(process)
    }

    /// Whether the process dies before its core learns what has become durable.
    private func crashes(_ process: CoreProcess, _ point: Coverage.Point) -> Bool {
        guard !isHealing, draws.disk.chance(perMille: 100) else { return false }
        coverage.count(point)
        end(process, silently: false)
        scheduleStart(process.node, afterMilliseconds: draws.disk.within(1...300))
        return true
    }

    // MARK: Installation

    func scheduleInstallation(_ process: CoreProcess) {
        schedule(
            .install(node: process.number, life: process.life), at: now + pace(process.node, 1_000_000...300_000_000))
    }

    /// The snapshot that a core has asked for takes the place of log and state, or fails to.
    func install(_ process: CoreProcess) {
        let node = process.node
        guard node.diskHangsUntil <= now else {
            noteEffect(of: .hungDisk(node.number))
            return schedule(.install(node: node.number, life: process.life), at: node.diskHangsUntil)
        }
        guard let snapshot = process.installing else { return }
        process.installing = nil
        let request = snapshot.request
        let succeeds = isHealing || !draws.disk.chance(perMille: 150)
        if succeeds {
            guard referee.judge(snapshot) else { return }
            let entries = Array(referee.ledger.entries.prefix(Int(request.lastIncluded.index.rawValue)))
            writeEverything(process)
            node.disk.install(snapshot, standingFor: entries)
            coverage.count(.snapshotInstalled)
            if crashes(process, .crashAfterInstallation) { return }
            process.replace(by: snapshot, standingFor: entries)
        } else {
            coverage.count(.installationFailed)
        }
        say("\(node.id) \(succeeds ? "installs" : "fails to install") the snapshot through \(request.lastIncluded)")
        process.addFirst(
            .event(
                .snapshotInstalled(
                    lastIncluded: request.lastIncluded, configuration: request.configuration, succeeded: succeeds)))
        turn(process)
        referee.didApply(process)
    }

    /// Whatever waits for the log thread is written first; its reports come later, when they are old.
    private func writeEverything(_ process: CoreProcess) {
        process.node.disk.record.complete()
        process.node.disk.record.begin(.batch(process.waitingJobs))
        process.node.disk.record.complete()
        process.writtenJobs += process.syncingJobs + process.waitingJobs
        process.syncingJobs.removeAll()
        process.waitingJobs.removeAll()
    }
}
