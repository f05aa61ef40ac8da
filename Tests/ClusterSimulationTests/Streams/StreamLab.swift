import HotPath
import NIOCore
import PeerTransport
import RaftCore
import Testing

@testable import ClusterSimulation

/// Some machines with a transport on each, and streams between them.
final class StreamLab: StreamWorld {
    private(set) var now: UInt64 = 0
    private(set) var trace = TraceHash()
    private(set) lazy var network = StreamNetwork(
        machines: machines, world: self, draw: Draw(seed: seed, concern: 1))
    private(set) var processes: [LabProcess] = []
    /// The most connections that there were at once.
    private(set) var connectionsSeen = 0
    private let machines: Int
    private let seed: UInt64
    private let settings: PeerTransportSettings
    private var queue = EventQueue<StreamEvent>()
    private var cuts: [(from: Int, to: Int)] = []
    private var pauses: [UInt64]

    init(machines: Int, seed: UInt64, _ settings: PeerTransportSettings = PeerTransportSettings(seed: 1)) {
        self.machines = machines
        self.seed = seed
        self.settings = settings
        pauses = Array(repeating: 0, count: machines)
    }

    static func id(_ machine: Int) -> NodeID { NodeID(String(UnicodeScalar(UInt8(ascii: "a") + UInt8(machine)))) }

    /// Runs `body` with a lab whose processes are linked, and takes them away afterwards.
    static func with<Result>(
        machines: Int, seed: UInt64, _ settings: PeerTransportSettings = PeerTransportSettings(seed: 1),
        weather: StreamWeather = StreamWeather(), _ body: (StreamLab) throws -> Result
    ) rethrows -> Result {
        let lab = StreamLab(machines: machines, seed: seed, settings)
        lab.network.weather = weather
        for machine in 0..<machines { lab.start(machine) }
        defer { for process in lab.processes { lab.take(process) } }
        return try body(lab)
    }

    // MARK: StreamWorld

    func schedule(_ event: StreamEvent, at time: UInt64) { queue.schedule(event, at: max(time, now)) }

    func isCut(from: Int, to: Int) -> Bool { cuts.contains { $0 == (from, to) } }

    func pausedUntil(_ machine: Int) -> UInt64 { pauses[machine] }

    // MARK: Faults

    func cut(from: Int, to: Int) { cuts.append((from, to)) }

    func mend() { cuts.removeAll() }

    func pause(_ machine: Int, milliseconds: UInt64) { pauses[machine] = now + milliseconds * 1_000_000 }

    func process(_ machine: Int) -> LabProcess {
        guard let process = processes.last(where: { $0.machine == machine }) else {
            preconditionFailure("no process has run on machine \(machine)")
        }
        return process
    }

    func start(_ machine: Int) {
        let life = UInt32(processes.count { $0.machine == machine }) + 1
        network.restorePower(of: machine)
        let process = LabProcess(machine: machine, life: life, in: self, settings)
        processes.append(process)
        process.transport.start(host: "", port: MachineAddress.port).assumeIsolated().whenFailure { error in
            preconditionFailure("no listener on machine \(machine): \(error)")
        }
        process.transport.membersChanged(
            (0..<machines).map {
                Member(id: Self.id($0), role: .voter, raftAddress: MachineAddress($0).description)
            })
    }

    func kill(_ machine: Int) {
        network.endProcess(on: machine, life: process(machine).life)
        takeAway(process(machine))
    }

    func cutPower(of machine: Int) {
        network.cutPower(of: machine, life: process(machine).life)
        takeAway(process(machine))
    }

    private func take(_ process: LabProcess) {
        network.endProcess(on: process.machine, life: process.life)
        takeAway(process)
    }

    private func takeAway(_ process: LabProcess) {
        _ = process.transport.shutdown()
        process.loop.cancelTimers()
    }

    // MARK: Running

    func send(_ numbers: ClosedRange<UInt64>, from machine: Int, to other: Int) {
        for number in numbers {
            process(machine).transport.send(.readIndexRequest(id: number), to: Self.id(other))
        }
        process(machine).transport.flush()
    }

    func isLinked(_ one: Int, _ other: Int) -> Bool {
        process(one).transport.isLinked(to: Self.id(other)) && process(other).transport.isLinked(to: Self.id(one))
    }

    /// The condition must come about within that time. A function of its own, because a closure within `#expect` may be
    /// taken for another one of the same test.
    func expect(
        within milliseconds: UInt64, _ isDone: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let isInTime = run(milliseconds: milliseconds, until: isDone)
        #expect(isInTime, "not within \(milliseconds) ms", sourceLocation: sourceLocation)
    }

    /// False if the condition did not come about within that time.
    @discardableResult
    func run(milliseconds: UInt64, until isDone: () -> Bool = { false }) -> Bool {
        let end = now + milliseconds * 1_000_000
        while !isDone() {
            guard let next = queue.nextTime, next <= end, let (time, event) = queue.popFirst() else {
                now = end
                return isDone()
            }
            now = time
            trace.mix(time)
            trace.mix(event.code)
            network.happen(event)
            connectionsSeen = max(connectionsSeen, network.connections.count)
        }
        return true
    }
}
