import HotPath
import RaftCore
import Testing

/// What most runs begin and end with.
extension SimulatedCluster {
    /// Runs until there is a leader with an entry of its term committed.
    func elect() throws {
        for _ in 0..<200_000 {
            try advance()
            if let leader = leader?.running?.replica, leader.hasCommittedInCurrentTerm { return }
        }
        Issue.record("no leader was elected")
    }

    /// No more faults: one leader, everything applied everywhere.
    func heal(users: inout SimulatedUsers) throws {
        faults = .init()
        for _ in 0..<400_000 {
            try advance()
            for node in nodes { users.collect(from: node) }
            let applied = Set(nodes.map { $0.stateMachine.appliedIndex })
            if applied.count == 1, let leader = leader?.running?.replica, leader.hasCommittedInCurrentTerm,
                applied.first == leader.lastLogID.index
            {
                return
            }
        }
        Issue.record("the cluster did not converge after all faults ended")
    }

    /// All nodes have the same state, and it holds every acknowledged write.
    func checkConvergence(users: SimulatedUsers) {
        let reference = nodes[0].stateMachine.state
        for node in nodes { #expect(node.stateMachine.state == reference, "node \(node.id) differs") }
        #expect(Set(users.acknowledged.map(\.revision)).count == users.acknowledged.count, "a revision was given twice")
        for write in users.acknowledged {
            guard let record = reference.records[write.key], record.revision >= write.revision else {
                Issue.record("the acknowledged write at revision \(write.revision) is lost")
                continue
            }
            if record.revision == write.revision { #expect(record.value == write.value) }
        }
    }
}
