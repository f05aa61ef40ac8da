import HotPath
import RaftCore

/// A follower that is to take a snapshot in place of its log.
extension PlayedReplica {
    /// As of the last entry of the snapshot.
    static let snapshotConfiguration = Configuration(
        members: ["a", "b", "c"].map { Member(id: $0, role: .voter) } + [Member(id: "d", role: .learner)])

    /// A follower of `b` in term 2 that holds entries 1 to 5, was told of a snapshot, and fetches it under this number.
    static func fetching() throws -> (PlayedReplica, id: UInt64) {
        let played = PlayedReplica(entryCount: 5)
        try played.follow()
        try played.announceSnapshot()
        played.turn()
        return (played, try played.fetchID())
    }

    /// `b`, the leader of term 2, announces a snapshot through entry 90 of its term.
    func announceSnapshot() throws {
        let request = InstallSnapshotRequest(
            lastIncluded: .of(90, term: 2), configuration: Self.snapshotConfiguration)
        try receive(
            .raft(Message(from: "b", to: "a", term: Term(2), body: .installSnapshotRequest(request)), entries: []),
            from: "b")
    }

    private struct NotAsked: Error {
        var calls: [PlayedPorts.SnapshotCall]
    }

    /// The number under which the snapshot is fetched.
    func fetchID() throws -> UInt64 {
        guard case .fetch(.of(90, term: 2), from: "b", let id)? = ports.snapshotCalls.last else {
            throw NotAsked(calls: ports.snapshotCalls)
        }
        return id
    }
}

extension [PlayedPorts.Departure] {
    /// What the leader `b` is told of its snapshot.
    var snapshotAnswers: [InstallSnapshotResponse] {
        var found: [InstallSnapshotResponse] = []
        for case .raft(let message, _) in messages(to: "b") {
            if case .installSnapshotResponse(let response) = message.body { found.append(response) }
        }
        return found
    }

    /// The snapshots that were handed to the log thread.
    var installationCount: Int {
        count { if case .logJob(let job) = $0 { job.installation != nil } else { false } }
    }
}
