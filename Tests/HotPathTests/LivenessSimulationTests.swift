import KeyValue
import RaftCore
import Seeds
import Testing

@testable import HotPath

@Suite("Replicas in which something stands still, and the limits of what they keep meanwhile")
struct LivenessSimulationTests {
    @Test(
        "A follower whose state machine stands still slows its leader down, and nothing is sent to it twice",
        arguments: Seed.all(800...802, of: "LivenessSimulationTests/hungApply"))
    func hungApply(seed: Seed) throws {
        var settings = ReplicaSettings()
        settings.unappliedBytesMax = 16_384
        let cluster = try SimulatedCluster(seed: seed.value, replicaSettings: settings)
        var users = SimulatedUsers()
        try cluster.elect()
        let leader = try #require(cluster.leader)
        let slow = try #require(cluster.nodes.first { $0.id != leader.id })
        let replica = try #require(leader.running?.replica)
        func state() -> Progress.State? { replica.followerProgress.first { $0.id == slow.id }?.state }
        for _ in 0..<20_000 where state() != .replicate { try cluster.advance() }
        let term = replica.currentTerm
        let sentBefore = cluster.entriesSent[slow.id] ?? 0
        let heldBefore = replica.lastLogID.index.rawValue

        for round in 0..<4 {
            cluster.hungApplies = round % 2 == 0 ? [slow.id] : []
            for step in 0..<6_000 {
                try cluster.advance()
                if step % 25 == 0 { users.submitBurst(to: leader, cluster: cluster) }
                for node in cluster.nodes { users.collect(from: node) }
                try #require(state() == .replicate, "the leader asks again where the logs part")
            }
            if round % 2 == 0 {
                #expect(slow.running?.replica.lastLogID.index ?? .zero < replica.lastLogID.index)
            }
        }
        cluster.hungApplies = []
        try cluster.heal(users: &users)

        cluster.checkConvergence(users: users)
        #expect(replica.role == .leader)
        #expect(replica.currentTerm == term)
        let appended = Int(replica.lastLogID.index.rawValue - heldBefore)
        #expect((cluster.entriesSent[slow.id] ?? 0) - sentBefore <= appended + 8)
    }

    @Test(
        "A leader that needs its disk for a follower, and gets no answer from it, still leads that follower",
        arguments: Seed.all(700...702, of: "LivenessSimulationTests/hungReads"))
    func hungReads(seed: Seed) throws {
        var settings = ReplicaSettings()
        settings.entryRingBytesKept = 4_096
        settings.entryRingBytesMax = 16_384
        let cluster = try SimulatedCluster(seed: seed.value, replicaSettings: settings)
        var users = SimulatedUsers()
        try cluster.elect()
        cluster.faults.restartPercent = 0
        let leader = try #require(cluster.leader)
        let others = cluster.nodes.filter { $0.id != leader.id }
        cluster.crash(others[0])
        for _ in 0..<200 {
            users.submitBurst(to: leader, cluster: cluster)
            for _ in 0..<20 { try cluster.advance() }
            for node in cluster.nodes { users.collect(from: node) }
        }
        let replica = try #require(leader.running?.replica)
        let term = replica.currentTerm

        cluster.hungReads = [leader.id]
        try cluster.start(others[0])
        cluster.crash(others[1])
        let end = cluster.time.now.advanced(byNanoseconds: 4_000_000_000)
        while cluster.time.now < end { try cluster.advance() }

        #expect(!leader.log.reads.isEmpty, "the follower was served from memory, and the test proves nothing")
        #expect(replica.role == .leader)
        #expect(replica.currentTerm == term)
        cluster.hungReads = []
        cluster.faults.restartPercent = 100
        try cluster.heal(users: &users)
        cluster.checkConvergence(users: users)
    }

    @Test(
        "Whatever is lost with a link, every request is answered and gives its room back, without a clock",
        arguments: Seed.all(600...603, of: "LivenessSimulationTests/reconnects"))
    func reconnects(seed: Seed) throws {
        var settings = ReplicaSettings()
        settings.answerWaitNanoseconds = 3_600_000_000_000
        let cluster = try SimulatedCluster(seed: seed.value, replicaSettings: settings)
        var users = SimulatedUsers()
        try cluster.elect()

        cluster.faults.reconnectPercent = 50
        for step in 0..<20_000 {
            try cluster.advance()
            if step % 25 == 0 { users.submitBurst(to: cluster.nodes[step / 25 % 3], cluster: cluster) }
            for node in cluster.nodes { users.collect(from: node) }
        }
        try cluster.heal(users: &users)
        for _ in 0..<20_000 {
            try cluster.advance()
            for node in cluster.nodes { users.collect(from: node) }
        }

        cluster.checkConvergence(users: users)
        #expect(cluster.reconnects > 20, "the seed is weak: \(cluster.reconnects) new links")
        for node in cluster.nodes {
            #expect(node.running?.admission.waitingCommands == 0, "\(node.id) keeps room for requests that have ended")
        }
    }

    @Test("Writes that are lost on a link nobody knows to be broken give their room back in time")
    func lostForwards() throws {
        let cluster = try SimulatedCluster(seed: 610)
        var users = SimulatedUsers()
        try cluster.elect()

        cluster.faults.lossPercent = 30
        for step in 0..<10_000 {
            try cluster.advance()
            if step % 25 == 0 { users.submitBurst(to: cluster.nodes[step / 25 % 3], cluster: cluster) }
            for node in cluster.nodes { users.collect(from: node) }
        }
        try cluster.heal(users: &users)
        let waiting = cluster.nodes.reduce(0) { $0 + ($1.running?.admission.waitingCommands ?? 0) }
        #expect(waiting > 0, "nothing was lost, and the test proves nothing")
        let end = cluster.time.now.advanced(byNanoseconds: 7_000_000_000)
        while cluster.time.now < end {
            try cluster.advance()
            for node in cluster.nodes { users.collect(from: node) }
        }

        for node in cluster.nodes { #expect(node.running?.admission.waitingCommands == 0) }
    }

    @Test("A follower whose disk hangs in a new term holds a handful of answers, however often it is asked")
    func heldAcknowledgements() throws {
        let cluster = try SimulatedCluster(seed: 500)
        var users = SimulatedUsers()
        try cluster.elect()
        let hung = try #require(cluster.nodes.first { $0.id != cluster.leader?.id })
        let replica = try #require(hung.running?.replica)
        let term = replica.currentTerm
        cluster.hungDisks = [hung.id]
        try #require(cluster.leader?.running?.replica).transferLeadership(to: nil)
        for _ in 0..<20_000 where replica.currentTerm == term || replica.leaderID == nil { try cluster.advance() }
        #expect(replica.currentTerm > term)

        // Each read of a user makes the leader ask all voters.
        for step in 0..<20_000 {
            try cluster.advance()
            if step % 20 == 0, let leader = cluster.leader { users.submitReads(to: leader) }
        }

        #expect(replica.heldMessages.count <= 4)
        cluster.hungDisks = []
        try cluster.heal(users: &users)
        cluster.checkConvergence(users: users)
    }

    @Test("Without a majority a leader takes what its limits allow and no more, and gives all of it back")
    func admissionWithoutMajority() throws {
        let cluster = try SimulatedCluster(seed: 300)
        var users = SimulatedUsers()
        try cluster.elect()
        cluster.faults.restartPercent = 0
        guard let leader = cluster.leader, let running = leader.running else { return }
        for node in cluster.nodes where node.id != leader.id { cluster.crash(node) }
        let key = [UInt8]("key".utf8)
        let value = [UInt8](repeating: 7, count: KeyValueLimits.valueBytesMax)
        let header = CommandHeader(kind: .put, keyBytes: key.count, valueBytes: value.count)

        var taken = 0
        while key.withUnsafeBytes({ key in
            value.withUnsafeBytes { value in
                running.gateway.submitWrite(
                    tag: RequestTag(sink: 0, connection: 0, request: UInt64(taken)), header: header,
                    contentType: UnsafeRawBufferPointer(start: nil, count: 0), key: key, value: value)
            }
        }) {
            taken += 1
            try #require(taken * header.encodedBytes <= ReplicaLimits.waitingBytesMax)
            running.gateway.postBurst()
            running.replica.turn()
        }
        #expect(taken == ReplicaLimits.waitingBytesMax / header.encodedBytes)
        #expect(leader.sink.completions.isEmpty, "a write was answered without a majority")
        cluster.faults.restartPercent = 100
        while running.admission.waitingCommands > 0 { try cluster.advance() }

        #expect(running.admission.waitingBytes == 0)
        #expect(leader.sink.completions.count == taken)
        leader.sink.completions.removeAll()
        try cluster.heal(users: &users)
    }

    @Test("The room that groups took of a node is given back with their answers, on the leader and on followers")
    func admissionOfGroups() throws {
        let cluster = try SimulatedCluster(seed: 302)
        var users = SimulatedUsers()
        try cluster.elect()

        for node in cluster.nodes {
            let before = users.groupsAcknowledged
            users.submitBurst(to: node, cluster: cluster)
            users.submitBurst(to: node, cluster: cluster)
            users.submitBurst(to: node, cluster: cluster)
            #expect((node.running?.admission.waitingCommands ?? 0) > 0)
            for _ in 0..<20_000 {
                try cluster.advance()
                users.collect(from: node)
            }

            #expect(users.groupsAcknowledged > before, "no group went through \(node.id)")
            #expect(node.running?.admission.waitingCommands == 0)
            #expect(node.running?.admission.waitingBytes == 0)
        }
    }
}
