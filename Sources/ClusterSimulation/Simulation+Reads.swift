internal import HotPath
internal import KeyValue
internal import RaftCore

/// Reads of records: by the event loop from memory, and by a thread that may wait where memory does not say.
extension Simulation {
    /// A read may be served from what the node has applied.
    func read(_ read: RecordRead, _ process: SimulatedProcess) {
        do {
            if let shown = try process.storage.readInMemory(key: read.key) { return show(shown, to: read, process) }
        } catch {
            return fail(read, error, process)
        }
        process.recordReads.append(read)
        coverage.count(.recordFromDisk)
        schedule(
            .recordRead(node: process.node.number, life: process.life),
            at: now + draws.disk.spread(20_000...5_000_000) * process.node.slowness)
    }

    func finishRecordRead(_ process: SimulatedProcess) {
        let node = process.node
        guard node.readsHangUntil <= now else {
            noteEffect(of: .hungReads(node.number))
            return schedule(.recordRead(node: node.number, life: process.life), at: again(before: node.readsHangUntil))
        }
        guard !process.recordReads.isEmpty else { return }
        let read = process.recordReads.removeFirst()
        do {
            show(try process.storage.read(key: read.key), to: read, process)
        } catch {
            fail(read, error, process)
        }
    }

    // MARK: All that a node holds

    /// Compares the state of one node after the other with what others held at the same entry.
    func compareNextState() throws {
        let node = nodes[Int(now / Self.inspectionInterval) % nodes.count]
        guard let process = node.process, node.readsHangUntil <= now, !node.isRotten else { return }
        do {
            try referee.compareState(of: node.id, process.storage, self)
        } catch {
            guard node.disk.medium.takeFailure() != nil || node.isDamaged else {
                return referee.breach("the state of \(node.id) cannot be read: \(error)")
            }
            // Nobody but this check has met the fault.
        }
    }

    // MARK: Answers

    private func show(_ shown: ShownRecord, to read: RecordRead, _ process: SimulatedProcess) {
        switch read.reader {
        case .stale: breach(oracle.serveStale(key: read.key, shown, node: process.node.id.name))
        case .operation(let number):
            guard let operation = takeOperation(number, "a record", process) else { return }
            clients.revisionsSeen[operation.key] = shown.record?.revision ?? 0
            breach(oracle.serve(operation, shown))
        }
    }

    /// The client learns that the store has failed, which is only a read and ends nothing.
    private func fail(_ read: RecordRead, _ error: any Error, _ process: SimulatedProcess) {
        guard process.node.disk.medium.takeFailure() != nil || process.node.isDamaged else {
            return referee.breach("the store of \(process.node.id) fails: \(error)")
        }
        coverage.count(.failedRead)
        noteEffect(of: .reads(process.node.number))
        guard case .operation(let number) = read.reader,
            let operation = takeOperation(number, "that its store has failed", process)
        else { return }
        breach(oracle.refuse(operation))
    }
}
