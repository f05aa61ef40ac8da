internal import HotPath
internal import RaftCore

/// A cluster of bare cores that compact their logs and send snapshots, which replicas do not do yet. The network, the
/// faults and the rules are those of whole nodes.
final class CoreSimulation: World {
    let nodes: [CoreNode]
    var writesServed = 0
    var readsServed = 0
    private var lastNumber: UInt64 = 0
    private var snapshots: [Snapshot] = []
    /// A node that comes back when everything else is at rest, and its leader has no log any more.
    private var latecomer: CoreNode?

    init(seed: UInt64, settings: SimulationSettings, schedule: Schedule) throws {
        nodes = (0..<Schedule.nodeCountMax).map { CoreNode(number: $0) }
        super.init(seed: seed, settings: settings, schedule: schedule, nodes: nodes)
        referee.bootstrap(firstEntry)
        for node in nodes {
            if !settings.drifts.isEmpty { node.drift = settings.drifts[node.number] }
            if node.number < settings.voters {
                node.disk.record.begin(.history(log: [firstEntry], hardState: HardState(currentTerm: Term(1))))
                node.disk.record.complete()
            }
            try start(node)
        }
        for client in 0..<settings.clients { scheduleClient(client) }
    }

    deinit {
        // A node and its process name each other.
        for node in nodes { node.process = nil }
    }

    // MARK: Running

    override func happen(_ occurrence: Occurrence) throws {
        switch occurrence {
        case .turn(let node, let life), .timer(let node, let life, _), .synced(let node, let life),
            .apply(let node, let life), .logRead(let node, let life), .install(let node, let life):
            guard let process = nodes[node].process, process.life == life else { return }
            guard nodes[node].pausedUntil <= now else { return schedule(occurrence, at: nodes[node].pausedUntil) }
            happen(occurrence, to: process)
        case .start(let node, let life):
            if nodes[node].process == nil, nodes[node].life == life {
                if nodes[node] === latecomer, let leading { compact(nodes[leading.number]) }
                try start(nodes[node])
            }
        case .stop(let node, let life):
            if let process = nodes[node].process, process.life == life { end(process, silently: false) }
        case .client(let number): play(client: number)
        case .fault(let place): meet(schedule.items[place].fault)
        case .snapshot(let number): arrive(snapshots[number], again: occurrence)
        default: try super.happen(occurrence)
        }
    }

    private func happen(_ occurrence: Occurrence, to process: CoreProcess) {
        switch occurrence {
        case .turn:
            process.isTurnScheduled = false
            turn(process)
        case .timer(_, _, let setting):
            // A later setting replaces an earlier one.
            guard process.timerSetting == setting else { return }
            process.timerRanOut()
            turn(process)
        case .synced: finishSync(process)
        case .apply: apply(process)
        case .logRead: finishLogRead(process)
        case .install: install(process)
        default: preconditionFailure("\(occurrence) does not happen to a process")
        }
    }

    /// Runs a turn of a process.
    func turn(_ process: CoreProcess) {
        process.turn()
        didTurn(process)
    }

    /// Has the referee judge a turn, and ends the process if it died in the midst of it.
    func didTurn(_ process: CoreProcess) {
        trace.mix(UInt64(process.number) << 56 ^ process.currentTerm.rawValue << 40)
        trace.mix(process.commitIndex.rawValue << 32 ^ process.lastLogID.index.rawValue)
        guard !process.isDead else {
            referee.didDie(process, self)
            return end(process, silently: false)
        }
        referee.didTurn(process, self)
        referee.judge(compactionThrough: process.raft.compactedLogID, of: process)
    }

    override func endAllFaults() {
        super.endAllFaults()
        for node in nodes {
            node.diskHangsUntil = min(node.diskHangsUntil, now)
            if node.process == nil { scheduleStart(node, afterMilliseconds: 1) }
        }
        let members = nodes.compactMap(\.process).filter { latestConfiguration[$0.id] != nil }
        let isSpare = members.allSatisfy { $0.configuration.voterCount >= 3 }
        guard isSpare, draws.compaction.chance(perMille: 500) else { return }
        let node = nodes[draws.compaction.below(settings.voters)]
        guard let process = node.process else { return }
        latecomer = node
        end(process, silently: false)
    }

    override func becomeQuiet() {
        super.becomeQuiet()
        if let latecomer { scheduleStart(latecomer, afterMilliseconds: 300) }
    }

    // MARK: Users

    override var served: Served { Served(writes: writesServed, reads: readsServed) }

    private func scheduleClient(_ client: Int) {
        schedule(
            .client(client),
            at: now + draws.workload.spread(settings.thinkMin...max(settings.thinkMin, settings.thinkMax)))
    }

    /// A client writes and reads at every node that takes itself for the leader.
    private func play(client: Int) {
        scheduleClient(client)
        if isQuiet { return }
        for process in nodes.compactMap(\.process) where process.role == .leader && process.node.pausedUntil <= now {
            var numbers: [UInt64] = []
            for _ in 0..<draws.workload.within(1...settings.burstMax) {
                lastNumber += 1
                numbers.append(lastNumber)
            }
            process.add(.propose(numbers))
            if draws.workload.chance(perMille: 400) { process.add(.serve(floor: referee.ledger.lastIndex)) }
            wake(process.number, life: process.life)
        }
    }

    // MARK: Snapshots on their way

    func send(_ snapshot: Snapshot) {
        guard referee.judge(snapshot) else { return }
        coverage.count(.snapshotSent)
        say("\(snapshot.sender) sends the snapshot through \(snapshot.request.lastIncluded)")
        launch(snapshot, within: 500_000...60_000_000)
        guard draws.network.chance(perMille: 100) else { return }
        var copy = snapshot
        copy.isCopy = true
        launch(copy, within: 20_000_000...1_000_000_000)
    }

    private func launch(_ snapshot: Snapshot, within range: ClosedRange<UInt64>) {
        snapshots.append(snapshot)
        schedule(.snapshot(snapshots.count - 1), at: now + draws.network.spread(range))
    }

    private func arrive(_ snapshot: Snapshot, again: Occurrence) {
        let receiver = nodes[snapshot.to]
        if receiver.process != nil, receiver.pausedUntil > now { return schedule(again, at: receiver.pausedUntil) }
        let isLinked =
            network.isOpen(from: snapshot.to, to: snapshot.from)
            && (snapshot.isCopy || network.session(from: snapshot.to, to: snapshot.from) == snapshot.session)
        let isCut = network.isCut(from: snapshot.from, to: snapshot.to)
        let fails = draws.network.chance(perMille: isHealing ? 0 : 100)
        let isDelivered = receiver.process != nil && isLinked && !isCut && !fails
        if isDelivered, let process = receiver.process {
            process.add(.snapshot(snapshot))
            wake(receiver.number, life: process.life)
        }
        if snapshot.isCopy { return }
        if !isDelivered { coverage.count(.snapshotLost) }
        guard let sender = nodes[snapshot.from].process, sender.life == snapshot.life else { return }
        sender.add(
            .event(
                .snapshotSent(
                    to: receiver.id, lastIncluded: snapshot.request.lastIncluded, succeeded: isDelivered)))
        wake(snapshot.from, life: sender.life)
    }
}
