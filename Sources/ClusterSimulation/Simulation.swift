internal import HotPath
internal import KeyValue
internal import RaftCore

/// A whole cluster on one thread, from one seed: real replicas with their cores, apply workers and doors, on a clock, a
/// network and disks that belong to the simulation. Clients write and read, a schedule of faults does its worst, checks
/// look at everything, and after the last fault the cluster must become whole again.
final class Simulation {
    let settings: SimulationSettings
    let schedule: Schedule
    let nodes: [SimulatedNode]
    let referee: Referee

    /// Nanoseconds since the start.
    var now: UInt64 = 0
    var draws: Draws
    var network: Network
    var weather: Weather
    var clients: Clients
    var oracle = Oracle()
    var coverage = Coverage()
    var trace = TraceHash()
    /// For a story that people can read.
    var table: TraceTable?
    private var words: String?

    private(set) var events = 0
    /// Faults are over, and everything must heal.
    private(set) var isHealing = false
    /// Faults that met somebody.
    var faultsInEffect = 0
    var cuts: UInt64 = 0
    /// Clients ask for nothing more.
    var isQuiet = false
    private var queue = EventQueue()

    init(seed: UInt64, settings: SimulationSettings, schedule: Schedule) throws {
        self.settings = settings
        self.schedule = schedule
        weather = settings.weather
        draws = Draws(seed: seed)
        nodes = (0..<Schedule.nodeCountMax).map { SimulatedNode(number: $0) }
        network = Network(nodeCount: nodes.count)
        clients = Clients(count: settings.clients)
        referee = Referee(nodeCount: nodes.count)
        referee.bootstrap(firstEntry, oracle: &oracle)
        for node in nodes {
            if !settings.drifts.isEmpty { node.drift = settings.drifts[node.number] }
            try start(node)
        }
        for client in 0..<settings.clients { scheduleClient(client) }
        for place in schedule.items.indices {
            queue.schedule(.fault(place), at: UInt64(schedule.items[place].time) * 1_000_000)
        }
        queue.schedule(.inspection, at: Self.inspectionInterval)
    }

    deinit {
        // A node and its process name each other.
        for node in nodes { node.process = nil }
    }

    private static let inspectionInterval: UInt64 = 20_000_000

    /// The first voters start with their configuration in their logs; the other nodes have no entries yet.
    var firstEntry: Entry {
        let members = nodes.prefix(settings.voters).map { Member(id: $0.id, role: .voter) }
        return Entry(
            id: LogID(index: LogIndex(1), term: Term(1)), kind: .configuration, commandCount: 0,
            payload: ConfigurationCodec.encode(Configuration(members: members)))
    }

    func schedule(_ occurrence: Occurrence, at time: UInt64) { queue.schedule(occurrence, at: max(time, now)) }

    func number(of id: NodeID) -> Int? {
        guard let letter = id.name.utf8.first, id.name.utf8.count == 1 else { return nil }
        let number = Int(letter) - Int(UInt8(ascii: "a"))
        return nodes.indices.contains(number) ? number : nil
    }

    func process(_ node: Int, life: UInt32) -> SimulatedProcess? {
        guard let process = nodes[node].process, process.life == life else { return nil }
        return process
    }

    /// Says what happens, if anybody listens.
    func say(_ text: @autoclosure () -> String) {
        if table != nil { words = words.map { "\($0); \(text())" } ?? text() }
    }

    /// The words that were said of the event that has just happened.
    func takeWords() -> String? {
        defer { words = nil }
        return words
    }

    // MARK: Running

    /// Plays the schedule with its faults.
    func storm() throws {
        let end = UInt64(schedule.length) * 1_000_000
        while let time = queue.nextTime, time <= end, isWorthPlaying { try step() }
    }

    /// Runs on until `condition` holds, for some time at the most. Whether it holds now.
    func run(forMilliseconds time: Int, until condition: () -> Bool) throws -> Bool {
        let end = now + UInt64(time) * 1_000_000
        while isWorthPlaying, !condition() {
            guard let next = queue.nextTime, next <= end else {
                now = end
                break
            }
            try step()
        }
        return isWorthPlaying && condition()
    }

    /// Nothing is broken yet, and what comes can still be judged.
    var isWorthPlaying: Bool { referee.breaches.isEmpty && !referee.isBeyondPromise }

    /// Ends all faults and runs on until the cluster is whole. A cluster that does not become whole is a breach.
    func heal() throws {
        guard isWorthPlaying else { return }
        isHealing = true
        endAllFaults()
        let end = now + Self.healingTimeouts * settings.electionTimeoutMax
        var recovery = Recovery()
        while isWorthPlaying {
            guard now < end else {
                referee.breach("the cluster did not become whole: \(recovery.missing ?? "nothing is missing")")
                return
            }
            try step()
            if events % 32 == 0, recovery.isDone(self) { return try referee.didEnd(self) }
        }
    }

    /// How many of the longest election timeouts the cluster may take to become whole.
    private static let healingTimeouts: UInt64 = 40

    private func step() throws {
        guard let (time, occurrence) = queue.popFirst() else { return }
        now = time
        events += 1
        trace.mix(time)
        try happen(occurrence)
        table?.note(occurrence, in: self)
    }

    private func happen(_ occurrence: Occurrence) throws {
        switch occurrence {
        case .turn(let node, let life), .timer(let node, let life, _), .synced(let node, let life),
            .reported(let node, let life), .apply(let node, let life), .logRead(let node, let life),
            .recordRead(let node, let life), .flushStep(let node, let life):
            guard let process = process(node, life: life) else { return }
            // A process that stands still does what was due when it runs on.
            guard nodes[node].pausedUntil <= now else { return schedule(occurrence, at: nodes[node].pausedUntil) }
            happen(occurrence, to: process)
        case .arrival(let flight): arrive(flight, again: occurrence)
        case .linkNews(let node, let peer, let life, let session, let isOpen):
            linkNews(node, peer, life, session, isOpen, again: occurrence)
        case .dial(let low, let high): dial(low, high)
        case .start(let node, let life):
            if nodes[node].process == nil, nodes[node].life == life { try start(nodes[node]) }
        case .stop(let node, let life):
            if let process = process(node, life: life) { stop(process) }
        case .client(let number): play(client: number)
        case .fault(let place): meet(schedule.items[place].fault)
        case .mend(let from, let to, let cut): network.mend(from: from, to: to, number: cut)
        case .silence(let from, let to, let cut, let session):
            noteSilence(from, to, cut: cut, session: session)
        case .fasten(let node, let life): if process(node, life: life) != nil { nodes[node].slowness = 1 }
        case .mendDisk(let node): nodes[node].disk.medium.mend()
        case .calm: weather = isHealing ? .calm : settings.weather
        case .inspection:
            referee.inspect(self)
            schedule(.inspection, at: now + Self.inspectionInterval)
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
        default: preconditionFailure("\(occurrence) does not happen to a process")
        }
    }

    /// Runs a turn of a replica, and ends its process if it died in the midst of it.
    func turn(_ process: SimulatedProcess) {
        process.isInTurn = true
        process.replica.turn()
        process.isInTurn = false
        trace.mix(UInt64(process.node.number) << 56 ^ process.replica.currentTerm.rawValue << 40)
        trace.mix(process.replica.commitIndex.rawValue << 32 ^ process.replica.lastLogID.index.rawValue)
        guard !process.ports.isDead else {
            referee.didDie(process, self)
            return end(process, silently: false)
        }
        referee.didTurn(process, self)
    }

    func wake(_ node: Int, life: UInt32) {
        guard let process = process(node, life: life), !process.isTurnScheduled else { return }
        process.isTurnScheduled = true
        schedule(.turn(node: node, life: life), at: now + pace(nodes[node], 1_000...60_000))
    }

    /// A short time of a node's own work.
    func pace(_ node: SimulatedNode, _ range: ClosedRange<UInt64>) -> UInt64 {
        draws.timing.spread(range) * node.slowness
    }
}
