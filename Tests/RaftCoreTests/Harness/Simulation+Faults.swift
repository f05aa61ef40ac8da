internal import RaftCore

// The acts of users and operators, and the faults, of a simulation.
extension Simulation {
    func interfere() {
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

    func propose(to server: SimulatedServer, count: Int) {
        var values: [UInt64] = []
        for _ in 0..<count {
            lastValue += 1
            values.append(lastValue)
        }
        turn(at: server, [.propose(values)])
    }

    func turn(at server: SimulatedServer, _ inputs: [SimulatedServer.Input]) {
        // Every server is one of the cluster's.
        turn(position(of: server.id)!, inputs)
    }

    func crash(_ position: Int) {
        guard servers[position].isRunning else { return }
        crashes += 1
        servers[position].crash(survivingJobs: random.below(3))
        flushAt[position] = nil
        installAt[position] = nil
    }

    /// The disk of a follower goes back to an earlier state of its log, and it starts again. Returns its id; nil if
    /// there is none in step with the only leader.
    func rollBackFollower() -> NodeID? {
        guard let leader = soleLeader else { return nil }
        let candidates = leader.raft.followerProgress.filter { progress in
            guard progress.matchIndex > LogIndex(2), let place = position(of: progress.id) else { return false }
            return servers[place].isRunning && servers[place].raft.leaderID == leader.id
        }
        guard !candidates.isEmpty else { return nil }
        let chosen = candidates[random.below(candidates.count)]
        // Every server is one of the cluster's.
        let place = position(of: chosen.id)!
        crash(place)
        rolledBack.insert(chosen.id)
        checker.willRollBack(servers[place])
        // Not so far that a slow network could not make it up in the time of a test.
        let lost = 1 + random.below(min(Int(chosen.matchIndex.rawValue) - 2, 60))
        servers[place].rollBack(through: LogIndex(chosen.matchIndex.rawValue - UInt64(lost)))
        restart(place)
        return chosen.id
    }

    func restart(_ position: Int) {
        guard !servers[position].isRunning else { return }
        restarts += 1
        servers[position].restart(seed: random.next(), now: now)
        checker.didRestart(servers[position])
    }

    /// Asks every leader, also an outdated one, for a change that makes sense to it.
    func changeMember() {
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

    func compact(_ position: Int) {
        let server = servers[position]
        guard server.isRunning, server.pendingInstall == nil else { return }
        server.persistMachine()
        let through = server.raft.appliedIndex
        if through > server.log.compacted.index {
            server.compact(through: through, now: now)
            didTurn(position)
        }
    }
}
