import KeyValue
import RaftCore
import Seeds
import Testing

@testable import HotPath

@Suite("Three replicas on one thread, without sockets, threads or disk, from one seed")
struct ReplicaSimulationTests {
    @Test(
        "Every acknowledged write survives loss, crashes that lose unsynced entries, partitions and recovery",
        arguments: Seed.all(1...30, of: "ReplicaSimulationTests/acknowledgedWritesSurvive"))
    func acknowledgedWritesSurvive(seed: Seed) throws {
        let cluster = try SimulatedCluster(seed: seed.value)
        var users = SimulatedUsers()
        try cluster.elect()

        cluster.faults = .init(lossPercent: 2, crashPercent: 12, partitionPercent: 10, restartPercent: 1)
        for step in 0..<40_000 {
            try cluster.advance()
            if step % 25 == 0 {
                let node = cluster.nodes[Int.random(in: 0..<3, using: &cluster.generator)]
                users.submitBurst(to: node, cluster: cluster)
            }
            for node in cluster.nodes { users.collect(from: node) }
        }
        try cluster.heal(users: &users)

        cluster.checkConvergence(users: users)
        #expect(users.acknowledged.count > 1_000, "the seed is weak: \(users.acknowledged.count) writes")
        #expect(users.groupsAcknowledged > 100, "the seed is weak: \(users.groupsAcknowledged) groups")
        #expect(users.readsServed > 50, "the seed is weak: \(users.readsServed) reads")
    }

    @Test(
        "A crash of the leader between submit and sync loses only writes that nobody got an answer to",
        arguments: Seed.all(100...110, of: "ReplicaSimulationTests/leaderCrash"))
    func leaderCrash(seed: Seed) throws {
        let cluster = try SimulatedCluster(seed: seed.value)
        var users = SimulatedUsers()
        try cluster.elect()

        cluster.faults.restartPercent = 0
        for _ in 0..<20 {
            guard let leader = cluster.leader else {
                try cluster.elect()
                continue
            }
            for _ in 0..<200 {
                users.submitBurst(to: leader, cluster: cluster)
                for _ in 0..<10 { try cluster.advance() }
                users.collect(from: leader)
            }
            cluster.crash(leader)
            try cluster.elect()
            try cluster.start(leader)
        }
        try cluster.heal(users: &users)

        cluster.checkConvergence(users: users)
        #expect(users.acknowledged.count > 5_000)
    }

    @Test(
        "A configuration is confirmed by a leader only, and only when it is committed",
        arguments: Seed.all(400...405, of: "ReplicaSimulationTests/confirmedConfiguration"))
    func confirmedConfiguration(seed: Seed) throws {
        let cluster = try SimulatedCluster(seed: seed.value)
        try cluster.elect()
        let leader = try #require(cluster.leader)
        let replica = try #require(leader.running?.replica)
        let followers = cluster.nodes.filter { $0.id != leader.id }
        func confirmed(by replica: Replica) throws -> Replica.ConfirmedConfiguration {
            var result: Replica.ConfirmedConfiguration?
            replica.confirmConfiguration { result = $0 }
            for _ in 0..<20_000 where result == nil { try cluster.advance() }
            return try #require(result)
        }
        func members(_ confirmed: Replica.ConfirmedConfiguration) -> Set<NodeID>? {
            guard case .committed(let configuration) = confirmed else { return nil }
            return Set(configuration.members.map(\.id))
        }
        #expect(try members(confirmed(by: replica)) == Set(cluster.nodes.map(\.id)))
        guard case .notLeader = try confirmed(by: try #require(followers[0].running?.replica)) else {
            Issue.record("a follower confirmed a configuration")
            return
        }

        // Both voters of the new configuration have to write it down, and one cannot.
        cluster.hungDisks = [followers[0].id]
        var outcome: Replica.ConfigurationResult?
        replica.changeConfiguration(.remove(followers[1].id)) { outcome = $0 }
        guard case .changing = try confirmed(by: replica) else {
            Issue.record("a configuration that is not committed was confirmed")
            return
        }
        #expect(outcome == nil)

        cluster.hungDisks = []
        for _ in 0..<20_000 where outcome == nil { try cluster.advance() }
        #expect(outcome == .committed)
        #expect(try members(confirmed(by: replica)) == [leader.id, followers[0].id])
    }

    @Test("The ring keeps no more than it may, and serves a follower that was away from disk")
    func ringLimit() throws {
        var settings = ReplicaSettings()
        settings.entryRingBytesKept = 4_096
        settings.entryRingBytesMax = 16_384
        let cluster = try SimulatedCluster(seed: 301, replicaSettings: settings)
        var users = SimulatedUsers()
        try cluster.elect()
        cluster.faults.restartPercent = 0
        guard let away = cluster.nodes.first(where: { $0.id != cluster.leader?.id }) else { return }
        cluster.crash(away)

        for _ in 0..<300 {
            if let leader = cluster.leader { users.submitBurst(to: leader, cluster: cluster) }
            for _ in 0..<20 { try cluster.advance() }
            for node in cluster.nodes { users.collect(from: node) }
        }
        cluster.faults.restartPercent = 100
        try cluster.heal(users: &users)
        // A ring is trimmed in the turn after its entries are applied: the next heartbeat brings one.
        for _ in 0..<5_000 { try cluster.advance() }

        cluster.checkConvergence(users: users)
        #expect(users.acknowledged.count > 1_000)
        #expect(cluster.nodes.contains { $0.log.readsOfOldEntries > 0 })
        for node in cluster.nodes { #expect((node.running?.replica.entryRingBytes ?? 0) <= 16_384) }
    }

    @Test("The simulation reaches what it is there for: a run without it would prove nothing")
    func coverage() throws {
        var crashes = 0
        var partitions = 0
        var truncations = 0
        var readsOfOldEntries = 0
        var unknownOutcomes = 0
        for seed in UInt64(200)..<206 {
            let cluster = try SimulatedCluster(seed: seed)
            var users = SimulatedUsers()
            cluster.faults = .init(lossPercent: 2, crashPercent: 15, partitionPercent: 15, restartPercent: 1)
            for step in 0..<20_000 {
                try cluster.advance()
                if step % 20 == 0 { users.submitBurst(to: cluster.nodes[step / 20 % 3], cluster: cluster) }
                for node in cluster.nodes { users.collect(from: node) }
            }
            crashes += cluster.crashes
            partitions += cluster.partitions
            truncations += cluster.nodes.reduce(0) { $0 + $1.log.truncations }
            readsOfOldEntries += cluster.nodes.reduce(0) { $0 + $1.log.readsOfOldEntries }
            unknownOutcomes += users.unknownOutcomes
        }

        #expect(crashes > 30)
        #expect(partitions > 10)
        #expect(truncations > 0, "no follower ever dropped entries of a deposed leader")
        #expect(readsOfOldEntries > 0, "no follower was ever served from disk")
        #expect(unknownOutcomes > 0, "no user ever met the loss of a leader")
    }

    @Test("The same seed gives the same history")
    func determinism() throws {
        func digest() throws -> [UInt64] {
            let cluster = try SimulatedCluster(seed: 7)
            var users = SimulatedUsers()
            cluster.faults = .init(lossPercent: 2, crashPercent: 10, partitionPercent: 5, restartPercent: 1)
            for step in 0..<10_000 {
                try cluster.advance()
                if step % 20 == 0 { users.submitBurst(to: cluster.nodes[step / 20 % 3], cluster: cluster) }
                for node in cluster.nodes { users.collect(from: node) }
            }
            return cluster.nodes.map { $0.stateMachine.state.digest } + [cluster.time.now.nanoseconds]
        }

        #expect(try digest() == digest())
    }
}
