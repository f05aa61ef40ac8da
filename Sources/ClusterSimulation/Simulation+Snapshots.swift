internal import HotPath
internal import NIOCore
internal import RaftCore
internal import Storage

/// Snapshots between nodes: read from the store of one and taken in by that of another, chunk by chunk. What a real
/// transport does between the two is another simulation's subject; here a chunk gets through or does not.
extension Simulation {
    // MARK: At the leader

    func didAskForSnapshot(for member: NodeID, id: UInt64, oldest: LogIndex, _ process: SimulatedProcess) {
        process.snapshots.offers.append(SimulatedSnapshots.Offer(id: id, member: member, oldest: oldest))
        scheduleSnapshot(process)
    }

    private func scheduleSnapshot(_ process: SimulatedProcess) {
        guard !process.snapshots.isMaking else { return }
        process.snapshots.isMaking = true
        schedule(
            .snapshotMade(node: process.node.number, life: process.life),
            at: now + draws.compaction.spread(1_000_000...50_000_000) * process.node.slowness)
    }

    /// The snapshot that members wait for is made, or the one that another one has serves them as well.
    func finishSnapshot(_ process: SimulatedProcess) {
        let node = process.node
        guard node.diskHangsUntil <= now else {
            noteEffect(of: .hungDisk(node.number))
            return schedule(
                .snapshotMade(node: node.number, life: process.life), at: again(before: node.diskHangsUntil))
        }
        process.snapshots.isMaking = false
        shareSnapshots(process)
        guard process.snapshots.offers.contains(where: { $0.snapshot == nil }) else { return }
        var snapshot: StoredSnapshot?
        do {
            snapshot = try process.storage.makeSnapshot()
            resumeApply(process)
        } catch let error as StorageError where error.code == .snapshotsHeld {
            // Readers of others that were taken back have not ended yet.
        } catch {
            return storeFailed(process, error)
        }
        for place in process.snapshots.offers.indices where process.snapshots.offers[place].snapshot == nil {
            give(snapshot, at: place, process)
        }
        process.snapshots.offers.removeAll { $0.snapshot == nil }
    }

    private func shareSnapshots(_ process: SimulatedProcess) {
        for place in process.snapshots.offers.indices where process.snapshots.offers[place].snapshot == nil {
            let oldest = process.snapshots.offers[place].oldest
            let shared = process.snapshots.offers.lazy.compactMap(\.snapshot).first { $0.lastIncluded.index >= oldest }
            if let shared { give(shared, at: place, process) }
        }
    }

    private func give(_ snapshot: StoredSnapshot?, at place: Int, _ process: SimulatedProcess) {
        let id = process.snapshots.offers[place].id
        process.snapshots.offers[place].snapshot = snapshot
        process.mailbox.post(snapshot.map { .ready(id: id, lastIncluded: $0.lastIncluded) } ?? .unavailable(id: id))
    }

    // MARK: At the follower

    func didAskToFetch(_ lastIncluded: LogID, from leader: NodeID, id: UInt64, _ process: SimulatedProcess) {
        process.snapshots.fetch = SimulatedSnapshots.Fetch(id: id, lastIncluded: lastIncluded, leader: leader)
        scheduleChunk(process, 1_000_000...20_000_000)
    }

    private func scheduleChunk(_ process: SimulatedProcess, _ range: ClosedRange<UInt64>) {
        schedule(
            .snapshotChunk(node: process.node.number, life: process.life),
            at: now + draws.compaction.spread(range) * process.node.slowness)
    }

    /// The next chunk arrives and is written, or nothing comes.
    func takeChunk(_ process: SimulatedProcess) {
        guard var fetch = process.snapshots.fetch else { return }
        let node = process.node
        guard node.diskHangsUntil <= now else {
            noteEffect(of: .hungDisk(node.number))
            return schedule(
                .snapshotChunk(node: node.number, life: process.life), at: again(before: node.diskHangsUntil))
        }
        do {
            let intake = try fetch.intake ?? process.storage.store.makeIntake(for: fetch.lastIncluded)
            fetch.intake = intake
            guard let received = receive(&fetch, intake, process) else { return missChunk(fetch, process) }
            switch received {
            case .chunk(let chunk): try intake.add(chunk)
            case .end(let total):
                try intake.finish(total)
                process.snapshots.fetch = nil
                return process.mailbox.post(
                    .fetched(id: fetch.id, IntakenSnapshot(intake, for: process.storage.store)))
            }
        } catch let refusal as IntakeRefusal where refusal.code != .disk {
            coverage.count(.chunkRefused)
            fetch.reader = nil
            return missChunk(fetch, process)
        } catch {
            return intakeFailed(process, error)
        }
        fetch.failures = 0
        process.snapshots.fetch = fetch
        scheduleChunk(process, 200_000...5_000_000)
    }

    /// A file of an intake that cannot be written costs the fetch, unless the machine has lost its power.
    private func intakeFailed(_ process: SimulatedProcess, _ error: any Error) {
        let medium = process.node.disk.medium
        guard medium.takeFailure(.space) || medium.takeFailure(.sync) else { return storeFailed(process, error) }
        guard let id = process.snapshots.fetch?.id else { return }
        coverage.count(.snapshotLost)
        process.snapshots.fetch = nil
        process.mailbox.post(.unavailable(id: id))
    }

    private enum Received {
        case chunk(ByteBuffer)
        case end(StateDigest)
    }

    /// What comes from the leader: the next chunk, or one that is damaged, comes again or follows one that is lost. Nil
    /// if the leader is gone, or cannot be reached, or does not offer that snapshot any more.
    private func receive(
        _ fetch: inout SimulatedSnapshots.Fetch, _ intake: SnapshotIntake, _ process: SimulatedProcess
    ) -> Received? {
        guard let leader = number(of: fetch.leader).flatMap({ nodes[$0].process }), leader.node.pausedUntil <= now,
            leader.node.readsHangUntil <= now, network.isOpen(from: leader.number, to: process.number),
            let offer = leader.snapshots.offer(to: process.id, through: fetch.lastIncluded),
            isHealing || !draws.compaction.chance(perMille: 30)
        else {
            fetch.reader = nil
            return nil
        }
        do {
            if fetch.reader == nil || fetch.life != leader.life {
                if !intake.lastKey.isEmpty { coverage.count(.snapshotResumed) }
                fetch.reader = try offer.snapshot.reader(after: intake.lastKey.isEmpty ? nil : intake.lastKey)
                fetch.life = leader.life
            }
            let luck = isHealing ? .max : draws.compaction.below(1_000)
            if luck < 10, let last = fetch.lastChunk { return .chunk(last) }
            if luck >= 10, luck < 20 { _ = try fetch.reader?.nextChunk(bytesMax: 64) }
            guard var chunk = try fetch.reader?.nextChunk(bytesMax: 64 << draws.compaction.below(6)) else {
                leader.mailbox.post(.sent(id: offer.id))
                return try offer.snapshot.total { true }.map { .end($0) }
            }
            leader.mailbox.post(.sending(id: offer.id, bytes: chunk.readableBytes))
            fetch.lastChunk = chunk
            if luck >= 20, luck < 40 {
                let place = chunk.readerIndex + draws.compaction.below(chunk.readableBytes)
                chunk.setInteger(~(chunk.getInteger(at: place, as: UInt8.self) ?? 0), at: place)
            }
            return .chunk(chunk)
        } catch {
            fetch.reader = nil
            storeFailed(leader, error)
            return nil
        }
    }

    private func missChunk(_ fetch: SimulatedSnapshots.Fetch, _ process: SimulatedProcess) {
        var fetch = fetch
        fetch.failures += 1
        guard fetch.failures <= 20 else {
            coverage.count(.snapshotLost)
            process.snapshots.fetch = nil
            return process.mailbox.post(.unavailable(id: fetch.id))
        }
        process.snapshots.fetch = fetch
        scheduleChunk(process, 5_000_000...40_000_000)
    }

    // MARK: Installation

    /// The log thread puts a snapshot in the place of log and state. To the rules a snapshot is the committed entries
    /// that it stands for.
    func install(_ installation: SnapshotInstallation, _ process: SimulatedProcess) throws {
        let last = installation.lastIncluded
        breach(SnapshotIsCommitted.breach(of: installation, by: process.id, ledger: referee.ledger))
        let entries = Array(referee.ledger.entries.prefix(Int(last.index.rawValue)))
        var state = KeyValueState()
        for entry in entries { state.apply(entry) { _ in } }
        let node = process.node
        if let calls = node.callsOfNextInstallation {
            node.callsOfNextInstallation = nil
            node.disk.medium.callsUntilPowerFails = calls
            noteEffect(of: .powerInInstallation(node.number))
        }
        try process.storage.install(installation, standingFor: entries)
        if let entry = try process.storage.store.log.entries(in: LogRange(last.index.next, .limit), bytesMax: 0).first {
            referee.breach("\(process.id) installs the snapshot through \(last), and keeps \(entry.id)")
        }
        process.stateMachine.become(state)
        process.snapshots.installed = (last, entries)
        try noteRot(process.node, process.storage)
        coverage.count(.snapshotInstalled)
        say("\(process.id) installs the snapshot through \(last)")
        referee.didApply(process)
    }

    /// The core has taken note of an installation: from now on its log is that of the snapshot.
    func noteInstallation(_ process: SimulatedProcess) {
        guard let installed = process.snapshots.installed,
            process.replica.compactedLogID.index >= installed.lastIncluded.index
        else { return }
        process.shadow = ShadowLog(installed.entries)
        process.snapshots.installed = nil
    }
}
