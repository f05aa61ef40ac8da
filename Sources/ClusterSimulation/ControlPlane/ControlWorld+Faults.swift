internal import ClusterControl
internal import HotPath
internal import NIOCore
internal import NodeControl
internal import RaftCore
internal import Storage

/// What a schedule does, and how an adoption breaks off at each of its steps.
extension ControlWorld: StreamObserver {
    /// The process that leads the cluster in the highest term.
    var leader: ControlProcess? {
        members.filter { $0.core.withReplica { $0.role == .leader } }
            .max { one, other in
                one.core.withReplica { $0.currentTerm } < other.core.withReplica { $0.currentTerm }
            }
    }

    /// Processes of the cluster that everybody is to belong to.
    var members: [ControlProcess] { machines.compactMap(\.process).filter { $0.store.clusterID == mainID } }

    func meet(_ fault: Fault) {
        let before = faultsInEffect
        say("FAULT \(fault)")
        switch fault {
        case .join(let target, let adoption): with(target) { self.join($0, adoption) }
        case .remove(let target): with(target) { self.ask(.remove, $0.number) }
        case .transfer(let target):
            let id = target.flatMap { machine(of: $0)?.id }
            leader?.core.withReplica { $0.transferLeadership(to: id) }
        case .crash(let target, _, let downtime): withProcess(target) { self.crash($0, downtime: downtime) }
        case .power(let target, _, let downtime):
            withProcess(target) { self.crash($0, downtime: downtime, losesPower: true) }
        case .wipe(let target, let downtime): withProcess(target) { self.wipe($0, downtime: downtime) }
        case .powerLoss(let downtime):
            for machine in machines {
                withProcess(.node(machine.number)) { self.crash($0, downtime: downtime, losesPower: true) }
            }
        case .terminate(let target, let downtime): withProcess(target) { self.terminate($0, downtime: downtime) }
        case .pause(let target, let time):
            withProcess(target) { $0.machine.pausedUntil = self.now + UInt64(time) * 1_000_000 }
        case .isolate(let target, let time): with(target) { self.split(1 << $0.number, time) }
        case .split(let set, let time): split(set, time)
        case .deafen(let from, let to, let time): with(from, to) { self.cut($0, $1, time) }
        case .cut(let one, let other, let time):
            with(one, other) {
                self.cut($0, $1, time)
                self.cut($1, $0, time)
            }
        case .breakLink(let one, let other): with(one, other) { self.breakLinks($0, $1) }
        default: breach("a control plane cannot play '\(fault)'")
        }
        if faultsInEffect > before { coverage.count(.fault) }
    }

    /// Whom a fault means now; nil if there is none.
    private func machine(of target: Target) -> ControlMachine? {
        let configuration = referee.configuration(of: mainID)
        switch target {
        case .node(let number): return number < machines.count ? machines[number] : nil
        case .leader: return leader?.machine
        case .follower(let place):
            let leader = leader
            let others = members.filter { $0 !== leader }
            return place < others.count ? others[place].machine : nil
        case .outsider: return machines.first { configuration[$0.id] == nil }
        case .learner: return machines.first { configuration[$0.id]?.role == .learner }
        }
    }

    private func with(_ target: Target, _ body: (ControlMachine) -> Void) {
        if let machine = machine(of: target) { body(machine) }
    }

    private func with(_ one: Target, _ other: Target, _ body: (Int, Int) -> Void) {
        if let one = machine(of: one), let other = machine(of: other), one !== other { body(one.number, other.number) }
    }

    private func withProcess(_ target: Target, _ body: (ControlProcess) -> Void) {
        guard let process = machine(of: target)?.process else { return }
        faultsInEffect += 1
        body(process)
    }

    /// Only as long as the rest of the voters are a majority: more is not promised.
    private func wipe(_ process: ControlProcess, downtime: Int) {
        let machine = process.machine
        let configuration = referee.configuration(of: mainID)
        let isChanging =
            leader?.core.withReplica { !$0.isConfigurationCommitted || $0.configuration != configuration } ?? true
        guard !isChanging, !requests.contains(where: { $0.kind == .remove && $0.mayTakeEffect }) else { return }
        let isVoter = configuration.isVoter(machine.id) && !machine.isLost(to: configuration)
        let lost =
            machines.count { $0.isLost(to: configuration) && configuration.isVoter($0.id) } + (isVoter ? 1 : 0)
        guard configuration.voterCount - lost >= configuration.quorum else { return }
        coverage.count(.wipedDisk)
        referee.didWipe(process)
        let instance = process.store.facts.instance
        crash(process, downtime: downtime, losesPower: true)
        machine.wipe(at: referee.ledger(of: mainID).lastIndex, losing: instance)
        say("\(machine.id) loses its disk")
    }

    private func split(_ set: Int, _ time: Int) {
        for one in machines.indices where set & 1 << one != 0 {
            for other in machines.indices where set & 1 << other == 0 {
                cut(one, other, time)
                cut(other, one, time)
            }
        }
    }

    private func breakLinks(_ one: Int, _ other: Int) {
        for connection in network.connections {
            let ends = [connection.dialler.machine, connection.acceptor.machine]
            if ends == [one, other] || ends == [other, one] {
                faultsInEffect += 1
                network.reset(connection)
            }
        }
    }

    private func cut(_ from: Int, _ to: Int, _ milliseconds: Int) {
        faultsInEffect += 1
        cutNumber += 1
        cuts.append((cutNumber, from, to))
        schedule(.mend(cutNumber), at: now + UInt64(milliseconds) * 1_000_000)
    }

    // MARK: Adoptions that break off

    private func join(_ machine: ControlMachine, _ adoption: AdoptionBreak?) {
        if let adoption, referee.configuration(of: mainID)[machine.id] == nil {
            breaks.append((adoption, machine.number))
        }
        ask(.join, machine.number)
    }

    /// A connection by which a node of another history may be taken in: it dials nobody itself.
    private func isOfAdoption(_ connection: StreamConnection, hasDropped: Bool = false) -> Bool {
        guard let joiner = machines[connection.acceptor.machine].process,
            joiner.life == connection.acceptor.life
        else { return false }
        return (joiner.store.clusterID == mainID) == hasDropped
            && machines[connection.dialler.machine].process?.store.clusterID == mainID
    }

    private func place(of step: AdoptionStep, on connection: StreamConnection) -> Int? {
        breaks.firstIndex { $0.adoption.step == step && $0.joiner == connection.acceptor.machine }
    }

    private func breakSoon(_ step: AdoptionStep, _ connection: StreamConnection, hasDropped: Bool = false) {
        guard !breaks.isEmpty, let place = place(of: step, on: connection),
            isOfAdoption(connection, hasDropped: hasDropped)
        else { return }
        schedule(.breakOff(breaks[place].adoption, connection), at: now)
    }

    /// From here on a node knows that a cluster takes it for its member, although it is one of its own.
    private func noteExpectation(_ sender: StreamEnd, _ connection: StreamConnection) {
        guard sender === connection.dialler, sender.readCount == 1, sender.isHelloToMember,
            let process = machines[connection.acceptor.machine].process, process.life == connection.acceptor.life,
            process.store.clusterID != nil, process.store.clusterID != mainID,
            machines[connection.dialler.machine].process?.store.clusterID == mainID,
            process.core.withReplica({ $0.configuration.members.count }) == 1
        else { return }
        if !process.isExpectedElsewhere { coverage.count(.fencedNode) }
        process.isExpectedElsewhere = true
    }

    func didConnect(_ connection: StreamConnection) { breakSoon(.connect, connection) }

    func didSend(_ end: StreamEnd, on connection: StreamConnection) {
        guard !breaks.isEmpty else { return }
        switch (end === connection.dialler, end.flushCount) {
        case (true, 1):
            if place(of: .preamble, on: connection) != nil, isOfAdoption(connection) { network.splitLast(end, at: 8) }
        case (true, 2): breakSoon(.requestSent, connection)
        case (false, 1):
            if place(of: .welcome, on: connection) != nil, isOfAdoption(connection) { network.splitLast(end, at: 20) }
        case (false, 2): breakSoon(.answerWritten, connection, hasDropped: true)
        default: break
        }
    }

    func didRead(from sender: StreamEnd, on connection: StreamConnection) {
        noteExpectation(sender, connection)
        guard !breaks.isEmpty else { return }
        switch (sender === connection.dialler, sender.readCount) {
        case (true, 0): breakSoon(.preamble, connection)
        case (true, 1): breakSoon(.hello, connection)
        case (true, 2): breakSoon(.requestRead, connection)
        case (false, 0): breakSoon(.welcome, connection)
        case (false, 2): breakSoon(.answerRead, connection, hasDropped: true)
        default: break
        }
    }

    func breakOff(_ adoption: AdoptionBreak, of joiner: Int, _ connection: StreamConnection?) {
        guard let place = breaks.firstIndex(where: { $0.adoption == adoption && $0.joiner == joiner }) else { return }
        breaks.remove(at: place)
        coverage.count(adoption.step.point)
        faultsInEffect += 1
        say("the adoption of machine \(joiner) is \(adoption)")
        let leader = connection.map { $0.dialler.machine } ?? self.leader?.machine.number
        let downtime = draws.workload.within(20...600)
        switch adoption.manner {
        case .reset: if let connection { network.sever(connection) } else { crash(joiner, downtime) }
        case .crashJoiner: crash(joiner, downtime)
        case .crashLeader: if let leader { crash(leader, downtime) }
        case .powerLossOfJoiner: crash(joiner, downtime, losesPower: true)
        case .cut:
            guard let leader else { return }
            cut(leader, joiner, downtime * 2)
            cut(joiner, leader, downtime * 2)
        }
    }

    private func crash(_ machine: Int, _ downtime: Int, losesPower: Bool = false) {
        if let process = machines[machine].process { crash(process, downtime: downtime, losesPower: losesPower) }
    }
}
