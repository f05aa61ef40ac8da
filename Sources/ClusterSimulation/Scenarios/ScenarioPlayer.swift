internal import HotPath
internal import RaftCore

/// Plays the steps of a scenario on a simulation. A step that cannot be played, or a state that is not there, is a
/// breach that names the line.
struct ScenarioPlayer {
    private let simulation: Simulation
    private var mark = LogIndex.zero
    /// The counts up to the last mark.
    private var markedTally = Tally()

    init(_ simulation: Simulation) { self.simulation = simulation }

    mutating func play(_ line: ScenarioLine) throws {
        guard simulation.isWorthPlaying else { return }
        simulation.say("LINE \(line.number): \(line.step)")
        switch line.step {
        case .fault(let fault):
            let before = simulation.faultsMet
            let isChange = fault.isChangeOfMembers
            simulation.meet(fault)
            if simulation.faultsMet == before, !isChange { breach(line, "it met nobody") }
        case .wait(let time): _ = try simulation.run(forMilliseconds: time) { false }
        case .until(let state, let time): try wait(for: state, time, line)
        case .expect(let state):
            if !state.holds(in: simulation, since: markedTally, mark: mark) { breach(line, "it is not so") }
        case .hold(let state, let time):
            let base = Tally(simulation)
            let mark = mark
            if try simulation.run(
                forMilliseconds: time, until: { !state.holds(in: simulation, since: base, mark: mark) })
            {
                breach(line, "it was not so any more")
            }
        case .lead(let target): try lead(target, line)
        case .start(let target):
            guard let node = simulation.node(of: target), !node.isRunning else { return breach(line, "it runs") }
            try simulation.start(node)
        case .resume(let target):
            guard let node = simulation.node(of: target) else { return breach(line, "there is none") }
            simulation.resume(node)
        case .quiet: simulation.isQuiet = true
        case .busy: simulation.isQuiet = false
        case .mark:
            mark = simulation.referee.ledger.lastIndex
            markedTally = Tally(simulation)
        }
    }

    private func wait(for state: ScenarioState, _ time: Int, _ line: ScenarioLine) throws {
        let base = Tally(simulation)
        let mark = mark
        let isThere = try simulation.run(forMilliseconds: time) {
            state.holds(in: simulation, since: base, mark: mark)
        }
        if !isThere { breach(line, "it did not come within \(time) ms") }
    }

    /// Each leader that is another hands leadership to the node.
    private func lead(_ target: Target, _ line: ScenarioLine) throws {
        guard let node = simulation.node(of: target) else { return breach(line, "there is none") }
        let leads = ScenarioState.node(.node(node.number), .leads)
        for _ in 0..<50 {
            if try simulation.run(
                forMilliseconds: 500, until: { leads.holds(in: simulation, since: Tally(), mark: .zero) })
            {
                return
            }
            if let leader = simulation.leader, leader.node !== node { leader.replica.transferLeadership(to: node.id) }
        }
        breach(line, "it does not lead")
    }

    private func breach(_ line: ScenarioLine, _ text: String) {
        guard simulation.isWorthPlaying else { return }
        simulation.referee.breach("line \(line.number): \(line.step): \(text)")
    }
}

extension Fault {
    /// A change of members has an effect when it is committed, later.
    fileprivate var isChangeOfMembers: Bool {
        switch self {
        case .add, .promote, .demote, .remove, .raiseLevel: true
        default: false
        }
    }
}
