internal import RaftCore

/// A cluster under random faults: messages are lost, repeated and reordered, links are cut, servers crash and lose
/// what they had not flushed, disks are slow, members come and go, leadership is handed on. Everything follows from the
/// seed.
final class Simulation {
    /// How rough a run is; drawn per seed so that seeds differ in kind.
    private struct Weather {
        var lossPerMille: Int
        var repeatPerMille: Int
        var delayMilliseconds: Int
        var flushMilliseconds: Int
        var crashPerMille: Int
        var cutPerMille: Int
        var proposalPerMille: Int
        var changePerMille: Int
        var transferPerMille: Int
        var compactPerMille: Int
        var disconnectPerMille: Int
        var stallPerMille: Int
        /// How often whoever leads crashes or is cut off.
        var huntPerMille: Int
        var pausePerMille: Int
    }

    private struct Flight {
        var arrival: UInt64
        var envelope: Envelope
    }

    private static let names: [NodeID] = ["a", "b", "c", "d", "e", "f", "g"]

    let checker = Checker()
    private var random: SeededGenerator
    private var weather: Weather
    private let settings: RaftSettings
    private(set) var servers: [Server] = []
    private var flights: [Flight] = []
    /// Per server: when its oldest job will be durable.
    private var flushAt: [UInt64?] = []
    private var installAt: [UInt64?] = []
    /// Per server: until when its process stands still, while messages queue up.
    private var pausedUntil: [UInt64] = []
    private var cuts: [[Bool]]
    private var milliseconds: UInt64 = 1_000
    private var lastValue: UInt64 = 0
    private var lastRead: UInt64 = 0
    private var restarts: UInt64 = 0
    private(set) var snapshotsInstalled = 0
    private(set) var crashes = 0

    init(seed: UInt64, voters: Int) {
        var random = SeededGenerator(seed: seed)
        weather = Weather(
            lossPerMille: random.chance(500) ? random.below(200) : 0,
            repeatPerMille: random.chance(500) ? random.below(200) : 0,
            delayMilliseconds: 1 + random.below(random.chance(300) ? 60 : 8),
            flushMilliseconds: 1 + random.below(random.chance(300) ? 80 : 6),
            crashPerMille: random.chance(700) ? 3 + random.below(25) : 0,
            cutPerMille: random.chance(500) ? 3 + random.below(40) : 0,
            proposalPerMille: 50 + random.below(400),
            changePerMille: random.chance(600) ? 5 + random.below(60) : 0,
            transferPerMille: random.chance(400) ? 1 + random.below(15) : 0,
            compactPerMille: random.chance(600) ? 1 + random.below(40) : 0,
            disconnectPerMille: random.chance(300) ? 1 + random.below(20) : 0,
            stallPerMille: random.chance(300) ? 20 : 0,
            huntPerMille: random.chance(600) ? 3 + random.below(12) : 0,
            pausePerMille: random.chance(300) ? 1 + random.below(15) : 0)
        var settings = RaftSettings()
        settings.electionTimeoutNanosecondsMin = 150_000_000
        settings.heartbeatIntervalNanoseconds = 40_000_000
        settings.disconnectedElectionTimeoutNanosecondsMin = 20_000_000
        settings.transferTimeoutNanoseconds = 200_000_000
        settings.messageEntriesMax = 1 + random.below(8)
        settings.messageBytesMax = 100 + random.below(500)
        settings.inflightMessagesMax = 1 + random.below(6)
        settings.inflightBytesMax = 200 + random.below(2000)
        settings.promotionLagEntriesMax = 10
        settings.memberCountMax = 6
        settings.preVote = random.chance(850)
        settings.checkQuorum = random.chance(650)
        self.settings = settings
        let members = Self.names.prefix(voters).map { Member(id: $0, role: .voter) }
        cuts = Array(repeating: Array(repeating: false, count: Self.names.count), count: Self.names.count)
        for (position, name) in Self.names.enumerated() {
            var disk = Server.Disk()
            if position < voters { disk.configuration = Configuration(members: Array(members)) }
            let server = Server(
                id: name, settings: settings, disk: disk, seed: random.next(), now: Instant(nanoseconds: 0))
            servers.append(server)
            flushAt.append(nil)
            installAt.append(nil)
            pausedUntil.append(0)
        }
        self.random = random
        for server in servers {
            server.willSend = { [checker, unowned server] in checker.willSend($0, by: server) }
        }
    }

    private var now: Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    // MARK: Running

    /// Runs through `ticks` ticks of a few milliseconds with faults.
    func storm(ticks: Int) {
        for _ in 0..<ticks where checker.breaches.isEmpty {
            tick()
            interfere()
        }
    }

    /// Ends all faults and runs on until the cluster is whole, or for at most `ticks`. True if it is: one leader, which
    /// commits a new entry, and all members equal to it.
    func heal(ticks: Int) -> Bool {
        weather.lossPerMille = 0
        weather.repeatPerMille = 0
        weather.delayMilliseconds = 3
        weather.flushMilliseconds = 3
        weather.stallPerMille = 0
        weather.pausePerMille = 0
        mend()
        for position in servers.indices where !servers[position].isRunning { restart(position) }
        var target: LogID?
        for tickNumber in 0..<ticks where checker.breaches.isEmpty {
            tick()
            if tickNumber % 20 == 0, let leader = soleLeader, leader.raft.hasCommittedInCurrentTerm {
                if let target, target.term == leader.raft.currentTerm {
                    if isWhole(leader, target.index) { return true }
                } else if leader.raft.canPropose {
                    propose(to: leader, count: 1)
                    target = leader.raft.lastLogID
                }
            }
        }
        return false
    }

    /// One line per server, for a failing seed.
    var summary: String {
        var lines = ""
        for server in servers {
            let raft = server.raft.followerProgress
            lines += "\n\(server.id) running=\(server.isRunning) \(server.raft.role) term=\(server.raft.currentTerm)"
            lines += " leader=\(server.raft.leaderID?.name ?? "-") compacted=\(server.raft.compactedLogID)"
            lines += " applied=\(server.machine.applied) commit=\(server.raft.commitIndex)"
            lines += " flushed=\(server.raft.flushedIndex) last=\(server.raft.lastLogID)"
            lines += " voters=\(server.raft.configuration.members.map { "\($0.id):\($0.role)" })"
            for progress in raft {
                lines += "\n    \(progress.id) \(progress.state) match=\(progress.matchIndex)"
                lines += " next=\(progress.nextIndex) active=\(progress.isRecentlyActive)"
            }
        }
        return lines
    }

    private var soleLeader: Server? {
        let leaders = servers.filter { $0.isRunning && $0.raft.role == .leader }
        return leaders.count == 1 ? leaders[0] : nil
    }

    private func isWhole(_ leader: Server, _ target: LogIndex) -> Bool {
        guard leader.raft.commitIndex >= target, leader.raft.isConfigurationCommitted else { return false }
        for member in leader.raft.configuration.members {
            guard let server = servers.first(where: { $0.id == member.id }),
                server.machine == leader.machine, server.raft.leaderID == leader.id,
                server.raft.lastLogID == leader.raft.lastLogID
            else { return false }
        }
        return true
    }

    /// Some milliseconds pass: what is due happens, in random order among the servers.
    private func tick() {
        milliseconds += UInt64(1 + random.below(5))
        deliver()
        let start = random.below(servers.count)
        for offset in servers.indices {
            let position = (start + offset) % servers.count
            let server = servers[position]
            guard server.isRunning, pausedUntil[position] <= milliseconds else { continue }
            if let due = flushAt[position], due <= milliseconds {
                flushAt[position] = nil
                server.write(jobs: 1 + random.below(3))
            }
            if server.hasNotices, !random.chance(200) {
                server.reportFlush(jobs: 1 + random.below(3), now: now)
                didTurn(position)
            }
            if let due = installAt[position], due <= milliseconds {
                installAt[position] = nil
                server.install(succeeds: !random.chance(200), now: now)
                snapshotsInstalled += 1
                didTurn(position)
            }
            if let deadline = server.raft.nextDeadline, deadline <= now {
                turn(position, [.event(.timeElapsed)])
            }
        }
    }

    private func deliver() {
        var due: [Envelope] = []
        var position = 0
        while position < flights.count {
            if flights[position].arrival <= milliseconds, !isPaused(flights[position].envelope.message.to) {
                due.append(flights[position].envelope)
                flights.swapAt(position, flights.count - 1)
                flights.removeLast()
            } else {
                position += 1
            }
        }
        for receiver in servers.indices where servers[receiver].isRunning {
            // Some messages share a turn, as they do when a busy server drains its sockets.
            var batch: [Server.Input] = []
            for envelope in due where envelope.message.to == servers[receiver].id {
                if isCut(envelope.message.from, envelope.message.to) { continue }
                batch.append(.deliver(envelope))
                if batch.count >= 3 || random.chance(500) {
                    turn(receiver, batch)
                    batch.removeAll()
                }
            }
            if !batch.isEmpty { turn(receiver, batch) }
        }
        for envelope in due { reportSnapshot(envelope) }
    }

    /// Tells the sender of a snapshot what became of it.
    private func reportSnapshot(_ envelope: Envelope) {
        guard case .installSnapshotRequest(let request) = envelope.message.body,
            let sender = position(of: envelope.message.from), let receiver = position(of: envelope.message.to),
            servers[sender].isRunning
        else { return }
        let isDelivered =
            servers[receiver].isRunning && !isCut(envelope.message.from, envelope.message.to)
        let event = Event.snapshotSent(
            to: envelope.message.to, lastIncluded: request.lastIncluded, succeeded: isDelivered)
        turn(sender, [.event(event)])
    }

    private func turn(_ position: Int, _ inputs: [Server.Input]) {
        servers[position].turn(inputs, now: now)
        didTurn(position)
    }

    private func didTurn(_ position: Int) {
        let server = servers[position]
        checker.didTurn(server, in: servers)
        if flushAt[position] == nil, server.unwrittenJobs > 0 {
            // Now and then a disk stalls.
            let delay = random.below(random.chance(weather.stallPerMille) ? 400 : weather.flushMilliseconds)
            flushAt[position] = milliseconds + UInt64(delay)
        }
        if installAt[position] == nil, server.pendingInstall != nil {
            installAt[position] = milliseconds + UInt64(random.below(50))
        }
        for envelope in server.outbox { launch(envelope) }
        server.outbox.removeAll()
        let followers = server.snapshotsToSend
        server.snapshotsToSend.removeAll()
        for follower in followers {
            if let snapshot = server.snapshot(for: follower) {
                flights.append(Flight(arrival: milliseconds + UInt64(random.below(60)), envelope: snapshot))
            }
        }
    }

    private func launch(_ envelope: Envelope) {
        if random.chance(weather.lossPerMille) { return }
        let copies = random.chance(weather.repeatPerMille) ? 2 : 1
        for copy in 0..<copies {
            // A repetition may arrive long after.
            let delay = random.below(weather.delayMilliseconds) + copy * random.below(2_000)
            flights.append(Flight(arrival: milliseconds + UInt64(delay), envelope: envelope))
        }
    }

    // MARK: Interference

    private func interfere() {
        if random.chance(weather.proposalPerMille) {
            for server in servers where server.isRunning && server.raft.canPropose {
                propose(to: server, count: 1 + random.below(4))
            }
        }
        if random.chance(150) {
            // Also a leader that is one no longer and does not know it.
            for server in servers where server.isRunning && server.raft.role == .leader {
                lastRead += 1
                checker.didRegister(ReadID(lastRead))
                turn(at: server, [.event(.readIndex(ReadID(lastRead)))])
            }
        }
        if random.chance(weather.pausePerMille) {
            pausedUntil[random.below(servers.count)] = milliseconds + UInt64(random.below(600))
        }
        if random.chance(weather.crashPerMille) { crash(random.below(servers.count)) }
        if random.chance(20 + weather.crashPerMille * 3) { restart(random.below(servers.count)) }
        if random.chance(weather.cutPerMille) { cut() }
        if random.chance(weather.huntPerMille), let leader = servers.firstIndex(where: { $0.raft.role == .leader }) {
            if random.chance(500) { crash(leader) } else { isolate(leader) }
        } else if random.chance(weather.huntPerMille) {
            mend()
        }
        if random.chance(weather.changePerMille) { changeMember() }
        if random.chance(weather.transferPerMille) {
            let target: NodeID? = random.chance(300) ? nil : servers[random.below(servers.count)].id
            for server in servers where server.isRunning && server.raft.role == .leader {
                turn(at: server, [.event(.transferLeadership(to: target))])
            }
        }
        if random.chance(weather.compactPerMille) { compact(random.below(servers.count)) }
        if random.chance(weather.disconnectPerMille) {
            let peer = servers[random.below(servers.count)].id
            let position = random.below(servers.count)
            if servers[position].isRunning { turn(position, [.event(.peerUnreachable(peer))]) }
        }
    }

    private func propose(to server: Server, count: Int) {
        var values: [UInt64] = []
        for _ in 0..<count {
            lastValue += 1
            values.append(lastValue)
        }
        turn(at: server, [.propose(values)])
    }

    private func turn(at server: Server, _ inputs: [Server.Input]) {
        // Every server is one of the cluster's.
        turn(position(of: server.id)!, inputs)
    }

    private func crash(_ position: Int) {
        guard servers[position].isRunning else { return }
        crashes += 1
        servers[position].crash(survivingJobs: random.below(3))
        flushAt[position] = nil
        installAt[position] = nil
    }

    private func restart(_ position: Int) {
        guard !servers[position].isRunning else { return }
        restarts += 1
        servers[position].restart(seed: random.next(), now: now)
        checker.didRestart(servers[position])
    }

    /// Cuts one server off, cuts one direction of one link, or mends everything.
    private func cut() {
        switch random.below(3) {
        case 0: isolate(random.below(servers.count))
        case 1: cuts[random.below(servers.count)][random.below(servers.count)] = true
        default: mend()
        }
    }

    private func isolate(_ lonely: Int) {
        for other in servers.indices {
            cuts[lonely][other] = true
            cuts[other][lonely] = true
        }
    }

    private func mend() {
        cuts = Array(repeating: Array(repeating: false, count: servers.count), count: servers.count)
    }

    /// Asks every leader, also an outdated one, for a change that makes sense to it.
    private func changeMember() {
        let id = servers[random.below(servers.count)].id
        for server in servers where server.isRunning && server.raft.role == .leader {
            let change: ConfigurationChange
            switch server.raft.configuration[id]?.role {
            case nil: change = .addLearner(Member(id: id, role: .learner))
            case .learner: change = random.chance(800) ? .promote(id) : .remove(id)
            case .voter: change = random.chance(500) ? .demote(id) : .remove(id)
            }
            turn(at: server, [.event(.changeConfiguration(change))])
        }
    }

    private func compact(_ position: Int) {
        let server = servers[position]
        guard server.isRunning, server.pendingInstall == nil else { return }
        server.persistMachine()
        let through = server.raft.appliedIndex
        if through > server.log.compacted.index {
            server.compact(through: through, now: now)
            didTurn(position)
        }
    }

    private func isPaused(_ id: NodeID) -> Bool {
        guard let position = position(of: id) else { return false }
        return pausedUntil[position] > milliseconds
    }

    private func isCut(_ sender: NodeID, _ receiver: NodeID) -> Bool {
        guard let from = position(of: sender), let to = position(of: receiver) else { return true }
        return cuts[from][to]
    }

    private func position(of id: NodeID) -> Int? { servers.firstIndex { $0.id == id } }
}
