internal import HotPath
internal import KeyValue
internal import RaftCore

/// One world on one thread, from one seed: a clock, a network, disks and a schedule of faults. Those that inherit say
/// what runs on its nodes: whole replicas with clients in `Simulation`, bare cores that compact their logs in
/// `CoreSimulation`.
class World {
    final let settings: SimulationSettings
    final let schedule: Schedule
    final let referee: Referee
    /// The nodes as the referee sees them, by number.
    final let watched: [any WatchedNode]

    /// Nanoseconds since the start.
    final private(set) var now: UInt64 = 0
    final var draws: Draws
    final var network: Network
    final var weather: Weather
    final var coverage = Coverage()
    final var trace = TraceHash()
    final private(set) var events = 0
    private var queue = EventQueue<Occurrence>()

    /// For a story that people can read.
    final var table: TraceTable?
    private var words: String?

    /// What users were served so far.
    struct Served {
        var writes = 0
        var reads = 0
        /// Nobody knows how they ended.
        var unknown = 0
    }

    /// Users ask for nothing more.
    final var isQuiet = false
    /// Faults are over, and everything must heal.
    final private(set) var isHealing = false
    /// Faults that met somebody, and those of them that changed something.
    final private(set) var faultsMet = 0
    final private(set) var faultsInEffect = 0
    private var faultsWithoutEffect: Set<LatentFault> = []
    final var cuts: UInt64 = 0

    init(seed: UInt64, settings: SimulationSettings, schedule: Schedule, nodes: [any WatchedNode]) {
        self.settings = settings
        self.schedule = schedule
        watched = nodes
        weather = settings.weather
        draws = Draws(seed: seed)
        network = Network(nodeCount: nodes.count)
        referee = Referee(nodeCount: nodes.count)
        for place in schedule.items.indices {
            queue.schedule(.fault(place), at: UInt64(schedule.items[place].time) * 1_000_000)
        }
        queue.schedule(.inspection, at: Self.inspectionInterval)
    }

    // MARK: For those that inherit

    /// Does what is due, unless the world knows how.
    func happen(_ occurrence: Occurrence) throws {
        switch occurrence {
        case .arrival(let flight): arrive(flight, again: occurrence)
        case .linkNews(let node, let peer, let life, let session, let isOpen):
            linkNews(node, peer, life, session, isOpen, again: occurrence)
        case .dial(let low, let high): dial(low, high)
        case .crossing(let low, let high, let session): cross(low, high, session)
        case .mend(let from, let to, let cut): network.mend(from: from, to: to, number: cut)
        case .silence(let from, let to, let cut, let session): noteSilence(from, to, cut: cut, session: session)
        case .fasten(let node, let life): if process(node, life) != nil { watched[node].slowness = 1 }
        case .calm:
            weather = isHealing ? .calm : settings.weather
            faultsWithoutEffect.remove(.storm)
        case .inspection:
            referee.inspect(self)
            schedule(.inspection, at: now + Self.inspectionInterval)
        default: preconditionFailure("\(occurrence) happens in no world")
        }
    }

    /// Lets every fault end that lasts.
    func endAllFaults() {
        network.mendAll()
        weather = .calm
        say("all faults end")
        for node in watched {
            node.pausedUntil = min(node.pausedUntil, now)
            node.slowness = 1
        }
    }

    /// From now on users ask for nothing.
    func becomeQuiet() { isQuiet = true }

    var served: Served { Served() }

    /// Who still waits for an answer although nobody asks for anything; nil if nobody does.
    var whoWaits: String? { nil }

    /// The cluster is whole, and nobody asks for anything.
    func didEnd() throws { referee.judgeStates(self) }

    /// A leader has committed a command.
    func didCommit(_ change: KeyValueState.Change, by leader: Int) {}

    // MARK: Effects of faults

    /// A fault has met somebody and changes something now.
    final func noteFault() {
        faultsMet += 1
        faultsInEffect += 1
    }

    /// A fault has met somebody and changes nothing yet.
    final func noteFault(latent fault: LatentFault) {
        faultsMet += 1
        faultsWithoutEffect.insert(fault)
    }

    final var hasLatentFaults: Bool { !faultsWithoutEffect.isEmpty }

    /// A fault that was latent changes something.
    final func noteEffect(of fault: LatentFault) {
        if faultsWithoutEffect.remove(fault) != nil { faultsInEffect += 1 }
    }

    // MARK: Time

    static let inspectionInterval: UInt64 = 20_000_000

    final func schedule(_ occurrence: Occurrence, at time: UInt64) { queue.schedule(occurrence, at: max(time, now)) }

    final func end(of milliseconds: Int) -> UInt64 { now + UInt64(milliseconds) * 1_000_000 }

    /// A short time of a node's own work.
    final func pace(_ node: any WatchedNode, _ range: ClosedRange<UInt64>) -> UInt64 {
        draws.timing.spread(range) * node.slowness
    }

    // MARK: Nodes

    /// The first voters start with their configuration in their logs; the other nodes have no entries yet.
    final var firstEntry: Entry {
        let members = watched.prefix(settings.voters).map { Member(id: $0.id, role: .voter) }
        return Entry(
            id: LogID(index: LogIndex(1), term: Term(1)),
            Configuration(members: members, featureLevel: FeatureLevel.release))
    }

    final func number(of id: NodeID) -> Int? {
        guard let letter = id.name.utf8.first, id.name.utf8.count == 1 else { return nil }
        let number = Int(letter) - Int(UInt8(ascii: "a"))
        return watched.indices.contains(number) ? number : nil
    }

    final func process(_ node: Int, _ life: UInt32) -> (any WatchedProcess)? {
        guard let process = watched[node].running, process.life == life else { return nil }
        return process
    }

    final func wake(_ node: Int, life: UInt32) {
        guard let process = process(node, life), !process.isTurnScheduled else { return }
        process.isTurnScheduled = true
        schedule(.turn(node: node, life: life), at: now + pace(watched[node], 1_000...60_000))
    }

    final func scheduleStart(_ node: any WatchedNode, afterMilliseconds downtime: Int) {
        schedule(.start(node: node.number, life: node.life), at: end(of: downtime))
    }

    // MARK: Words

    /// Says what happens, if anybody listens.
    final func say(_ text: @autoclosure () -> String) {
        if table != nil { words = words.map { "\($0); \(text())" } ?? text() }
    }

    /// The words that were said of the event that has just happened.
    final func takeWords() -> String? {
        defer { words = nil }
        return words
    }

    // MARK: Running

    /// Plays the schedule with its faults.
    final func storm() throws {
        let end = end(of: schedule.length)
        while let time = queue.nextTime, time <= end, isWorthPlaying { try step() }
    }

    /// Runs on until `condition` holds, for some time at the most. Whether it holds now.
    final func run(forMilliseconds time: Int, until condition: () -> Bool) throws -> Bool {
        let end = end(of: time)
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
    final var isWorthPlaying: Bool { referee.breaches.isEmpty && !referee.isBeyondPromise }

    /// Ends all faults and runs on until the cluster is whole. A cluster that does not become whole is a breach.
    final func heal() throws {
        guard isWorthPlaying else { return }
        isHealing = true
        endAllFaults()
        var recovery = Recovery(of: self)
        while isWorthPlaying {
            guard now < recovery.deadline else {
                referee.breach("the cluster did not become whole: \(recovery.missing ?? "nothing is missing")")
                return
            }
            try step()
            if events % 32 == 0, recovery.isDone(self) { return try didEnd() }
        }
    }

    private func step() throws {
        guard let (time, occurrence) = queue.popFirst() else { return }
        now = time
        events += 1
        trace.mix(time)
        try happen(occurrence)
        table?.note(occurrence, in: self)
    }
}
