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

    func meet(_ fault: ControlFault) {
        let before = faultsInEffect
        say("FAULT \(fault)")
        switch fault {
        case .join(let step, let manner): join(breakingAt: step, manner)
        case .remove(let machine): ask(.remove, machine)
        case .crash(let machine, let downtime): with(machine) { self.crash($0, downtime: downtime) }
        case .powerLoss(let machine, let downtime):
            with(machine) { self.crash($0, downtime: downtime, losesPower: true) }
        case .crashLeader(let downtime):
            if let leader { with(leader.machine.number) { self.crash($0, downtime: downtime) } }
        case .terminate(let machine, let downtime): with(machine) { self.terminate($0, downtime: downtime) }
        case .pause(let machine, let time):
            with(machine) { $0.machine.pausedUntil = self.now + UInt64(time) * 1_000_000 }
        case .isolate(let machine, let time):
            faultsInEffect += 1
            for other in machines.indices where other != machine {
                cut(machine, other, time)
                cut(other, machine, time)
            }
        case .cut(let from, let to, let time):
            faultsInEffect += 1
            cut(from, to, time)
        case .resetLinks(let machine):
            for connection in network.connections
            where connection.dialler.machine == machine || connection.acceptor.machine == machine {
                faultsInEffect += 1
                network.reset(connection)
            }
        }
        if faultsInEffect > before { coverage.count(.fault) }
    }

    private func with(_ machine: Int, _ body: (ControlProcess) -> Void) {
        guard let process = machines[machine].process else { return }
        faultsInEffect += 1
        body(process)
    }

    private func cut(_ from: Int, _ to: Int, _ milliseconds: Int) {
        cutNumber += 1
        cuts.append((cutNumber, from, to))
        schedule(.mend(cutNumber), at: now + UInt64(milliseconds) * 1_000_000)
    }

    // MARK: Adoptions that break off

    private func join(breakingAt step: AdoptionStep?, _ manner: AdoptionBreak.Manner) {
        let outsiders = machines.filter { referee.configuration(of: mainID)[$0.id] == nil }
        guard !outsiders.isEmpty else { return }
        let joiner = outsiders[draws.workload.below(outsiders.count)].number
        if let step { breaks.append(AdoptionBreak(step: step, manner: manner, joiner: joiner)) }
        ask(.join, joiner)
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
        breaks.firstIndex { $0.step == step && $0.joiner == connection.acceptor.machine }
    }

    private func breakSoon(_ step: AdoptionStep, _ connection: StreamConnection, hasDropped: Bool = false) {
        guard !breaks.isEmpty, let place = place(of: step, on: connection),
            isOfAdoption(connection, hasDropped: hasDropped)
        else { return }
        schedule(.breakOff(breaks[place], connection), at: now)
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

    func breakOff(_ adoption: AdoptionBreak, _ connection: StreamConnection?) {
        guard let place = breaks.firstIndex(where: { $0.step == adoption.step && $0.joiner == adoption.joiner }) else {
            // A process that has stopped by itself.
            if connection == nil, let process = machines[adoption.joiner].process, process.isStopping {
                crash(process, downtime: 100)
            }
            return
        }
        breaks.remove(at: place)
        coverage.count(adoption.step.point)
        faultsInEffect += 1
        say("BREAKS OFF \(adoption)")
        let leader = connection.map { $0.dialler.machine } ?? self.leader?.machine.number
        let downtime = draws.workload.within(20...600)
        switch adoption.manner {
        case .reset: if let connection { network.sever(connection) } else { crash(adoption.joiner, downtime) }
        case .crashJoiner: crash(adoption.joiner, downtime)
        case .crashLeader: if let leader { crash(leader, downtime) }
        case .powerLossOfJoiner: crash(adoption.joiner, downtime, losesPower: true)
        case .cut:
            guard let leader else { return }
            cut(leader, adoption.joiner, downtime * 2)
            cut(adoption.joiner, leader, downtime * 2)
        }
    }

    private func crash(_ machine: Int, _ downtime: Int, losesPower: Bool = false) {
        if let process = machines[machine].process { crash(process, downtime: downtime, losesPower: losesPower) }
    }
}
