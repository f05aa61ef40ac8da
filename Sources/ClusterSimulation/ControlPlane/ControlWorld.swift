internal import Bytes
internal import ClusterControl
internal import HotPath
internal import KeyValue
internal import NIOCore
internal import NodeControl
internal import RaftCore
internal import Storage

/// Processes with their real transport and their real control plane, on one thread and from one seed: each node begins
/// alone or empty, and joins that break off at any step, removals and joins anew make and change one cluster, while
/// processes crash and the network fails. After the last fault every node must become a voter of it.
final class ControlWorld: StreamWorld {
    let settings: SimulationSettings
    let machines: [ControlMachine]
    private(set) var now: UInt64 = 0
    private(set) var events = 0
    var draws: Draws
    private(set) lazy var network = StreamNetwork(
        machines: machines.count, world: self, draw: Draw(seed: seed, concern: 6))
    var referee: ControlReferee
    var coverage = Coverage()
    var trace = TraceHash()
    var requests: [ControlRequestRecord] = []
    var clients = Clients(count: 1)
    var oracle = Oracle()
    /// Writes to nodes outside the cluster: whether the node was taken for a member of it.
    var astrayWrites: [UInt64: Bool] = [:]
    var faultsInEffect = 0
    /// Adoptions that are to break off.
    var breaks: [(adoption: AdoptionBreak, joiner: Int)] = []
    var cuts: [(number: UInt64, from: Int, to: Int)] = []
    var cutNumber: UInt64 = 0
    private(set) var isHealing = false
    var isQuiet = false
    /// A line for each thing that people may want to see.
    var print: ((String) -> Void)?
    /// The cluster that everybody is to belong to: that of the first node.
    let mainID: ClusterID
    private let timetable: Schedule
    private let seed: UInt64
    private var queue = EventQueue<ControlOccurrence>()

    init(seed: UInt64, settings: SimulationSettings, schedule: Schedule) throws {
        self.seed = seed
        var settings = settings
        settings.replica.compaction = settings.compaction
        self.settings = settings
        timetable = schedule
        draws = Draws(seed: seed)
        referee = ControlReferee(namesakes: settings.namesakes)
        machines = (0..<settings.machines).map { ControlMachine(number: $0, seed: seed, settings) }
        mainID = ClusterID(high: seed, low: 1)
        network.weather = StreamWeather(settings.weather)
        network.observer = self
        for machine in machines { try start(machine) }
        for (place, item) in timetable.items.enumerated() {
            self.schedule(ControlOccurrence.fault(place), at: UInt64(item.time) * 1_000_000)
        }
        self.schedule(ControlOccurrence.client, at: 300_000_000)
    }

    func drawForNodes() -> UInt64 { draws.nodes.next() }

    func say(_ text: @autoclosure () -> String) {
        guard let print else { return }
        print("\(now / 1_000_000).\(now / 1_000 % 1_000)  \(text())")
    }

    func breach(_ text: String?) {
        guard let text else { return }
        say("BREACH \(text)")
        referee.breach(text)
    }

    // MARK: StreamWorld

    func schedule(_ event: StreamEvent, at time: UInt64) { schedule(ControlOccurrence.stream(event), at: time) }

    func schedule(_ occurrence: ControlOccurrence, at time: UInt64) { queue.schedule(occurrence, at: max(time, now)) }

    func isCut(from: Int, to: Int) -> Bool { cuts.contains { $0.from == from && $0.to == to } }

    func pausedUntil(_ machine: Int) -> UInt64 { machines[machine].pausedUntil }

    // MARK: Running

    func play() throws {
        let lastTime = UInt64(timetable.length) * 1_000_000
        while let time = queue.nextTime, time <= lastTime, referee.breaches.isEmpty { try step() }
        isHealing = true
        say("all faults end")
        breaks.removeAll()
        cuts.removeAll()
        network.weather = StreamWeather()
        for machine in machines { machine.pausedUntil = min(machine.pausedUntil, now) }
        announceNamesakes()
        upgradeAll()
        schedule(ControlOccurrence.operators, at: now)
        let limit = now + Self.healingTime
        while referee.breaches.isEmpty {
            guard now < limit else {
                breach("the cluster did not become whole: \(missing ?? "nothing is missing")")
                break
            }
            try step()
            if events % 64 == 0, missing == nil {
                try compareStates()
                break
            }
        }
        for process in machines.compactMap(\.process) { end(process, losesPower: false) }
    }

    /// All members hold the same. They have applied the same entries by now.
    private func compareStates() throws {
        var states = StatesAgree()
        for machine in machines where machine.number == machine.name {
            guard let digest = try machine.process?.store.stateMachine.digest(while: { true }) else { continue }
            var isComparison = false
            breach(states.breach(by: machine.id, digest, isComparison: &isComparison))
            if isComparison { coverage.count(.statesCompared) }
        }
    }

    private static let healingTime: UInt64 = 60_000_000_000

    private func step() throws {
        guard let (time, occurrence) = queue.popFirst() else { return }
        now = time
        events += 1
        trace.mix(time)
        trace.mix(occurrence.code)
        try happen(occurrence)
    }

    private func happen(_ occurrence: ControlOccurrence) throws {
        switch occurrence {
        case .stream(let event):
            network.happen(event)
            if case .pass(let loop, _) = event, let process = machines[loop.machine].process, process.loop === loop {
                judge(process)
            }
        case .tasks(let process): if mayRun(process, again: occurrence) { process.executor.drain() }
        case .synced(let process): if mayRun(process, again: occurrence) { finishSync(process) }
        case .applied(let process): if mayRun(process, again: occurrence) { apply(process) }
        case .logRead(let process): if mayRun(process, again: occurrence) { finishLogRead(process) }
        case .maintained(let process): if mayRun(process, again: occurrence) { finishMaintenance(process) }
        case .start(let machine, let life):
            if machines[machine].process == nil, machines[machine].life == life, !machines[machine].isRetired {
                try start(machines[machine])
            }
        case .fault(let place): meet(timetable.items[place].fault)
        case .breakOff(let adoption, let connection):
            breakOff(adoption, of: connection.acceptor.machine, connection)
        case .stopped(let process, let downtime): crash(process, downtime: downtime)
        case .mend(let number): cuts.removeAll { $0.number == number }
        case .client: playClient()
        case .operators: makeWhole()
        }
    }

    private func mayRun(_ process: ControlProcess, again occurrence: ControlOccurrence) -> Bool {
        guard !process.isDead else { return false }
        let pause = process.machine.pausedUntil
        guard pause > now else { return true }
        schedule(occurrence, at: pause)
        return false
    }
}
