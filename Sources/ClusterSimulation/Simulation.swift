internal import HotPath
internal import KeyValue
internal import RaftCore

/// A whole cluster on one thread, from one seed: real replicas with their cores, apply workers and doors, on a clock, a
/// network and disks that belong to the simulation. Clients write and read, a schedule of faults does its worst, checks
/// look at everything, and after the last fault the cluster must become whole again.
final class Simulation: World {
    let nodes: [SimulatedNode]

    var clients: Clients
    var oracle = Oracle()
    /// For how many milliseconds the leader is down once it ends in the midst of a repair; nil if it need not.
    var downtimeInRepair: Int?
    /// Half of the voters or more held wrong data at some time, so that comparisons cannot tell which are right.
    var mayNameTheRight = false
    /// The highest feature level that any node was ever of.
    var highestLevel = FeatureLevel.release

    init(seed: UInt64, settings: SimulationSettings, schedule: Schedule) throws {
        nodes = (0..<Schedule.nodeCountMax).map { SimulatedNode(number: $0) }
        clients = Clients(count: settings.clients)
        var settings = settings
        settings.replica.compaction = settings.compaction
        super.init(seed: seed, settings: settings, schedule: schedule, nodes: nodes)
        referee.bootstrap(firstEntry)
        for node in nodes {
            if !settings.drifts.isEmpty { node.drift = settings.drifts[node.number] }
            try start(node)
        }
        for client in 0..<settings.clients { scheduleClient(client) }
    }

    deinit {
        // A node and its process name each other.
        for node in nodes { node.process = nil }
    }

    func process(_ node: Int, life: UInt32) -> SimulatedProcess? {
        guard let process = nodes[node].process, process.life == life else { return nil }
        return process
    }

    // MARK: Running

    override func happen(_ occurrence: Occurrence) throws {
        switch occurrence {
        case .turn(let node, let life), .timer(let node, let life, _), .synced(let node, let life),
            .reported(let node, let life), .apply(let node, let life), .logRead(let node, let life),
            .recordRead(let node, let life), .flushStep(let node, let life), .compaction(let node, let life),
            .snapshotMade(let node, let life), .snapshotChunk(let node, let life), .comparison(let node, let life):
            guard let process = process(node, life: life) else { return }
            // A process that stands still does what was due when it runs on.
            guard nodes[node].pausedUntil <= now else { return schedule(occurrence, at: nodes[node].pausedUntil) }
            happen(occurrence, to: process)
        case .start(let node, let life):
            if nodes[node].process == nil, nodes[node].life == life { try start(nodes[node]) }
        case .stop(let node, let life):
            if let process = process(node, life: life) { stop(process) }
        case .client(let number): play(client: number)
        case .fault(let place):
            let fault = schedule.items[place].fault
            if !fault.mayEndLeadership || !referee.dependsOnLeader { meet(fault) }
        case .mendDisk(let node): nodes[node].disk.medium.mend()
        case .inspection:
            // Leaders look from time to time; in a schedule, when it says so.
            if isHealing { raiseFeatureLevel() }
            try compareNextState()
            try super.happen(occurrence)
        default: try super.happen(occurrence)
        }
    }

    private func happen(_ occurrence: Occurrence, to process: SimulatedProcess) {
        switch occurrence {
        case .turn:
            process.isTurnScheduled = false
            turn(process)
        case .timer(_, _, let setting):
            // A later setting replaces an earlier one.
            if process.timerSetting == setting { turn(process) }
        case .synced: finishSync(process)
        case .reported: report(process)
        case .apply: apply(process)
        case .logRead: finishLogRead(process)
        case .recordRead: finishRecordRead(process)
        case .flushStep: flush(process)
        case .compaction: compact(process)
        case .snapshotMade: finishSnapshot(process)
        case .snapshotChunk: takeChunk(process)
        case .comparison: compare(process)
        default: preconditionFailure("\(occurrence) does not happen to a process")
        }
    }

    /// Runs a turn of a replica, and ends its process if it died in the midst of it.
    func turn(_ process: SimulatedProcess) {
        process.isInTurn = true
        process.replica.turn()
        process.isInTurn = false
        noteInstallation(process)
        coverage.count(.staleRead, times: process.readsAtHand)
        process.readsAtHand = 0
        trace.mix(UInt64(process.node.number) << 56 ^ process.replica.currentTerm.rawValue << 40)
        trace.mix(process.replica.commitIndex.rawValue << 32 ^ process.replica.lastLogID.index.rawValue)
        guard !process.ports.isDead else {
            referee.didDie(process, self)
            return end(process, silently: false)
        }
        let rotten = mayNameTheRight ? nil : nodes.filter(\.wasRotten).map(\.id)
        referee.judge(process, settings.replica, rotten: rotten)
        noteComparisons(process)
        referee.didTurn(process, self)
        if !isHealing { crashInRepairIfDue() }
    }

    // MARK: The end

    override func endAllFaults() {
        super.endAllFaults()
        upgradeAll()
        for node in nodes {
            resume(node)
            node.callsOfNextStart = nil
            node.callsOfNextInstallation = nil
            node.disk.medium.mend()
            if !node.isRunning, !node.isOutOfService { scheduleStart(node, afterMilliseconds: 1) }
        }
    }

    override var served: Served {
        Served(writes: oracle.acknowledged, reads: oracle.readsServed, unknown: oracle.unknown)
    }

    override var whoWaits: String? {
        for process in nodes.compactMap(\.process) where process.admission.waitingCommands != 0 {
            return "\(process.admission.waitingCommands) requests wait on \(process.node.id)"
        }
        for process in nodes.compactMap(\.process) {
            if case .cutting = process.compactionStage { return "\(process.id) waits for its log to be cut off" }
        }
        if clients.openCount > 0 { return "\(clients.openCount) clients wait" }
        if let missing = whoIsNotFoundOut { return missing }
        let level = latestConfiguration.featureLevel
        return level == highestLevel ? nil : "all know feature level \(highestLevel), and the cluster stays at \(level)"
    }

    override func didEnd() throws {
        try super.didEnd()
        try referee.didEnd(self)
    }

    override func didCommit(_ change: KeyValueState.Change, by leader: Int) {
        breach(oracle.commit(change))
        if hasReconnected(change.writer, to: leader) { coverage.count(.answerAfterReconnect) }
    }
}
