internal import HotPath
internal import KeyValue
internal import RaftCore
internal import Storage

/// The thread of each node that makes digests for comparisons, and data that change by themselves.
extension Simulation {
    /// What the thread is doing.
    enum ComparisonWork {
        case digest(any StateCapture, at: LogID)
        case search(start: [UInt8], bytes: Int)
    }

    /// The apply thread takes hold of the state; the digest comes later.
    func didAskToCompare(_ range: KeyRange, at id: LogID, _ process: SimulatedProcess) {
        let isBusy = process.comparisonWork.contains { if case .digest = $0 { true } else { false } }
        guard !isBusy else {
            coverage.count(.comparisonBusy)
            return process.mailbox.post(.digest(nil, at: id))
        }
        do {
            begin(.digest(try process.storage.store.stateMachine.capture(range), at: id), process)
        } catch {
            comparisonFailed(process, error) { $0.post(.digest(nil, at: id)) }
        }
    }

    func didAskForEnd(of start: [UInt8], bytes: Int, _ process: SimulatedProcess) {
        begin(.search(start: start, bytes: bytes), process)
    }

    private func begin(_ work: ComparisonWork, _ process: SimulatedProcess) {
        process.comparisonWork.append(work)
        if process.comparisonWork.count == 1 { scheduleComparison(process) }
    }

    private func scheduleComparison(_ process: SimulatedProcess) {
        schedule(
            .comparison(node: process.node.number, life: process.life),
            at: now + draws.disk.spread(50_000...50_000_000) * process.node.slowness)
    }

    /// The thread finishes what it is doing.
    func compare(_ process: SimulatedProcess) {
        guard !process.comparisonWork.isEmpty else { return }
        let work = process.comparisonWork.removeFirst()
        if !process.comparisonWork.isEmpty { scheduleComparison(process) }
        switch work {
        case .digest(let capture, let id):
            do {
                process.mailbox.post(.digest(try capture.digest(while: { true }), at: id))
                coverage.count(.comparisonDigest)
            } catch {
                comparisonFailed(process, error) { $0.post(.digest(nil, at: id)) }
            }
        case .search(let start, let bytes):
            do {
                let state = process.storage.store.stateMachine
                let end = try state.endOfRange(from: start, bytes: bytes) { true }
                process.mailbox.post(.range(KeyRange(start: start, end: end)))
            } catch {
                comparisonFailed(process, error) { $0.post(.range(nil)) }
            }
        }
    }

    /// The data could not be read, which the disk must be the reason of. The process continues without a digest.
    private func comparisonFailed(_ process: SimulatedProcess, _ error: any Error, _ report: (Mailbox) -> Void) {
        let node = process.node
        say("\(node.id) cannot compare its data: \(error)")
        if node.disk.medium.takeFailure() == nil, !node.isDamaged {
            referee.breach("\(node.id) cannot compare its data: \(error)")
        }
        process.mailbox.post(.unreadable(StoreFailure(operation: "compare", message: "\(error)")))
        report(process.mailbox)
    }

    /// Counts what comparisons have found, after a turn.
    func noteComparisons(_ process: SimulatedProcess) {
        let status = process.board.current
        if let agreed = status.lastAgreedIndex, agreed != process.agreedSeen {
            process.agreedSeen = agreed
            coverage.count(.comparisonAgreed)
        }
        if status.condemning != nil, !process.isCondemned {
            process.isCondemned = true
            coverage.count(.oddNode)
        }
    }

    // MARK: Data that change by themselves

    /// A record that no entry has written is on the disk of a node from now on, under a key that no client asks for, so
    /// that nobody but a comparison can find it. At most one node gets it, unless it sends the others a snapshot.
    func rot(_ target: Target, _ downtime: Int) {
        guard let node = node(of: target), let process = node.process, !node.isDamaged,
            nodes.allSatisfy({ !$0.wasRotten }), latestConfiguration.isVoter(node.id)
        else { return }
        noteFault()
        end(process, silently: false)
        node.disk.medium.mend()
        do {
            try Self.addRecord(to: node)
            becomeRotten(node)
        } catch {
            referee.breach("the data of \(node.id) could not be changed: \(error)")
        }
        scheduleStart(node, afterMilliseconds: downtime)
    }

    private static func addRecord(to node: SimulatedNode) throws {
        let platform = SimulatedPlatform(on: node.disk.medium)
        defer { platform.fileSystem.kill() }
        let engine = try platform.openEngine(
            at: "/data/\(node.id)/db", .simulated(tableBytes: 4_096), creating: false)
        let batch = engine.makeBatch()
        // A user's key, and a record without content type and value.
        let key = [1] + rottenKey
        var record = [UInt8](repeating: 0, count: RecordHeader.bytesMin)
        record.withUnsafeMutableBytes {
            RecordHeader.encode(valueType: .bytes, contentTypeBytes: 0, revision: 1, into: $0)
        }
        for family in engine.dataFamilies {
            key.withUnsafeBytes { key in record.withUnsafeBytes { batch.put(key, $0, in: .data(family)) } }
        }
        try batch.write()
        try engine.syncLog()
        engine.close()
    }

    private static let rottenKey = Array("rot".utf8)

    /// A snapshot takes the record along, or the place of it. What a node holds is looked at when its data may have
    /// become others: when it has started, and when it has installed a snapshot.
    func noteRot(_ node: SimulatedNode, _ storage: SimulatedStorage) throws {
        guard nodes.contains(where: \.wasRotten) else { return }
        let isRotten = try storage.holds(Self.rottenKey)
        if isRotten == node.isRotten { return }
        say("\(node.id) holds \(isRotten ? "wrong" : "right") data by a snapshot")
        guard isRotten else { return node.isRotten = false }
        coverage.count(.wrongDataSpread)
        becomeRotten(node)
    }

    private func becomeRotten(_ node: SimulatedNode) {
        node.isRotten = true
        node.wasRotten = true
        let voters = nodes.filter { latestConfiguration.isVoter($0.id) }
        // What a majority holds is what comparisons take for right.
        if 2 * voters.count(where: \.isRotten) >= voters.count { mayNameTheRight = true }
    }

    /// Who is rotten and a member must be found out, as long as comparisons are made.
    var whoIsNotFoundOut: String? {
        guard settings.replica.comparisonIntervalNanoseconds > 0, !mayNameTheRight,
            latestConfiguration.featureLevel >= FeatureLevel.comparisons
        else { return nil }
        for node in nodes where node.isRotten && latestConfiguration[node.id] != nil {
            guard let process = node.process else { continue }
            if process.board.current.condemning == nil { return "nobody finds that \(node.id) holds other data" }
        }
        return nil
    }
}
