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
    var referee = ControlReferee()
    var coverage = Coverage()
    var trace = TraceHash()
    var requests: [ControlRequestRecord] = []
    var clients = Clients(count: 1)
    var oracle = Oracle()
    var faultsInEffect = 0
    /// Adoptions that are to break off.
    var breaks: [AdoptionBreak] = []
    var cuts: [(number: UInt64, from: Int, to: Int)] = []
    var cutNumber: UInt64 = 0
    private(set) var isHealing = false
    var isQuiet = false
    /// A line for each thing that people may want to see.
    var print: ((String) -> Void)?
    private let faults: [(time: UInt64, fault: ControlFault)]
    private let seed: UInt64
    private let end: UInt64
    private var queue = EventQueue<ControlOccurrence>()

    init(seed: UInt64) throws {
        self.seed = seed
        draws = Draws(seed: seed)
        var draw = Draw(seed: seed, concern: 101)
        settings = SimulationSettings(drawnFrom: &draw, profile: .membership)
        let count = draw.within(3...5)
        machines = (0..<count).map { number in
            ControlMachine(
                number: number,
                foundedID: number == 0 || draw.chance(perMille: 650)
                    ? ClusterID(high: seed, low: UInt64(number) + 1) : nil,
                announcesAddress: draw.chance(perMille: 700), drift: Int64(draw.within(-20_000...20_000)))
        }
        let length = draw.within(6_000...14_000)
        end = UInt64(length) * 1_000_000
        faults = (0..<draw.within(12...36)).map { _ in
            (UInt64(draw.within(200...length)) * 1_000_000, ControlFault(drawnFrom: &draw, machines: count))
        }
        var weather = StreamWeather()
        weather.delayMin = settings.weather.delayMin
        weather.delayMax = settings.weather.delayMax
        weather.loss = settings.weather.loss / 4
        weather.splits = draw.chance(perMille: 500) ? draw.below(400) : 0
        network.weather = weather
        network.observer = self
        for machine in machines { try start(machine) }
        for (place, fault) in faults.enumerated() { schedule(ControlOccurrence.fault(place), at: fault.time) }
        schedule(ControlOccurrence.client, at: 300_000_000)
    }

    /// The cluster that everybody is to belong to: that of the first node.
    var mainID: ClusterID {
        guard let id = machines[0].foundedID else { preconditionFailure("the first node founds a cluster") }
        return id
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
        while let time = queue.nextTime, time <= end, referee.breaches.isEmpty { try step() }
        isHealing = true
        say("all faults end")
        breaks.removeAll()
        cuts.removeAll()
        network.weather = StreamWeather()
        for machine in machines { machine.pausedUntil = min(machine.pausedUntil, now) }
        schedule(ControlOccurrence.operators, at: now)
        let limit = now + Self.healingTime
        while referee.breaches.isEmpty {
            guard now < limit else {
                breach("the cluster did not become whole: \(missing ?? "nothing is missing")")
                break
            }
            try step()
            if events % 64 == 0, missing == nil { break }
        }
        for process in machines.compactMap(\.process) { end(process, losesPower: false) }
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
            if machines[machine].process == nil, machines[machine].life == life { try start(machines[machine]) }
        case .fault(let place): meet(faults[place].fault)
        case .breakOff(let adoption, let connection): breakOff(adoption, connection)
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
