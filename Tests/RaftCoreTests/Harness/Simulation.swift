internal import RaftCore

/// A cluster under random faults: messages are lost, repeated and reordered, links are cut, servers crash and lose
/// what they had not flushed, disks are slow, members come and go, leadership is handed on. Everything follows from the
/// seed.
final class Simulation {
    /// How rough a run is; drawn per seed so that seeds differ in kind.
    struct Weather {
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

        /// In the order of the draws, which a seed repeats.
        init(drawnFrom random: inout SeededGenerator) {
            lossPerMille = random.chance(500) ? random.below(200) : 0
            repeatPerMille = random.chance(500) ? random.below(200) : 0
            delayMilliseconds = 1 + random.below(random.chance(300) ? 60 : 8)
            flushMilliseconds = 1 + random.below(random.chance(300) ? 80 : 6)
            crashPerMille = random.chance(700) ? 3 + random.below(25) : 0
            cutPerMille = random.chance(500) ? 3 + random.below(40) : 0
            proposalPerMille = 50 + random.below(400)
            changePerMille = random.chance(600) ? 5 + random.below(60) : 0
            transferPerMille = random.chance(400) ? 1 + random.below(15) : 0
            compactPerMille = random.chance(600) ? 1 + random.below(40) : 0
            disconnectPerMille = random.chance(300) ? 1 + random.below(20) : 0
            stallPerMille = random.chance(300) ? 20 : 0
            huntPerMille = random.chance(600) ? 3 + random.below(12) : 0
            pausePerMille = random.chance(300) ? 1 + random.below(15) : 0
        }
    }

    struct Flight {
        var arrival: UInt64
        var envelope: Envelope
    }

    private static let names: [NodeID] = ["a", "b", "c", "d", "e", "f", "g"]

    let checker = Checker()
    var random: SeededGenerator
    var weather: Weather
    private let settings: RaftSettings
    private(set) var servers: [SimulatedServer] = []
    var flights: [Flight] = []
    /// Per server: when its oldest job will be durable.
    var flushAt: [UInt64?] = []
    /// Per server: since when its disk owes a report.
    private var owedSince: [UInt64?] = []
    private(set) var stalls = 0
    var installAt: [UInt64?] = []
    /// Per server: until when its process stands still, while messages queue up.
    var pausedUntil: [UInt64] = []
    var cuts: [[Bool]]
    var milliseconds: UInt64 = 1_000
    var lastValue: UInt64 = 0
    var lastRead: UInt64 = 0
    var restarts: UInt64 = 0
    private(set) var snapshotsInstalled = 0
    var crashes = 0
    /// Servers whose disk went back.
    var rolledBack: Set<NodeID> = []
    /// What leaders reported about them.
    private(set) var losses: [DataLoss] = []

    init(seed: UInt64, voters: Int) {
        var random = SeededGenerator(seed: seed)
        weather = Weather(drawnFrom: &random)
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
            var disk = SimulatedServer.Disk()
            if position < voters { disk.configuration = Configuration(members: Array(members)) }
            let server = SimulatedServer(
                id: name, settings: settings, disk: disk, seed: random.next(), now: Instant(nanoseconds: 0))
            servers.append(server)
            flushAt.append(nil)
            owedSince.append(nil)
            installAt.append(nil)
            pausedUntil.append(0)
        }
        self.random = random
        for server in servers {
            server.willSend = { [checker, unowned server] in checker.willSend($0, by: server) }
        }
    }

    var now: Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    // MARK: Running

    /// Runs through `ticks` ticks of a few milliseconds with faults.
    func storm(ticks: Int) {
        for _ in 0..<ticks where checker.breaches.isEmpty {
            tick()
            interfere()
        }
    }

    /// Runs on in the same weather, but nobody does anything and no server starts again, until `condition` holds or for
    /// at most `ticks`. True if it holds.
    func run(ticks: Int, until condition: () -> Bool) -> Bool {
        for _ in 0..<ticks where checker.breaches.isEmpty && !condition() { tick() }
        return condition()
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

    var soleLeader: SimulatedServer? {
        let leaders = servers.filter { $0.isRunning && $0.raft.role == .leader }
        return leaders.count == 1 ? leaders[0] : nil
    }

    private func isWhole(_ leader: SimulatedServer, _ target: LogIndex) -> Bool {
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
            if let since = owedSince[position], milliseconds - since >= 150, owesReport(server) {
                owedSince[position] = milliseconds
                stalls += 1
                turn(position, [.event(.logStalled(unserved: []))])
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

    func turn(_ position: Int, _ inputs: [SimulatedServer.Input]) {
        servers[position].turn(inputs, now: now)
        didTurn(position)
    }

    func didTurn(_ position: Int) {
        let server = servers[position]
        checker.didTurn(server, in: servers)
        owedSince[position] = owesReport(server) ? owedSince[position] ?? milliseconds : nil
        if flushAt[position] == nil, server.unwrittenJobs > 0 {
            // Now and then a disk stalls.
            let delay = random.below(random.chance(weather.stallPerMille) ? 400 : weather.flushMilliseconds)
            flushAt[position] = milliseconds + UInt64(delay)
        }
        if installAt[position] == nil, server.pendingInstall != nil {
            installAt[position] = milliseconds + UInt64(random.below(50))
        }
        for loss in server.dataLosses {
            if !rolledBack.contains(loss.node) { checker.breach("\(server.id) accuses \(loss.node): \(loss)") }
            if loss.node != server.id { losses.append(loss) }
        }
        server.dataLosses.removeAll()
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

    private func owesReport(_ server: SimulatedServer) -> Bool { server.unwrittenJobs > 0 || server.hasNotices }

    func position(of id: NodeID) -> Int? { servers.firstIndex { $0.id == id } }
}
