import HotPath
import RaftCore

/// All ports of one replica. They do nothing but note, in one list, what leaves.
final class PlayedPorts: LogWriter, LogReader, Applier, PeerLinks, SnapshotExchange, Timekeeper, CompletionSink,
    LogMaintainer,
    @unchecked Sendable
{
    enum Departure {
        case logJob(LogJob)
        case message(PeerMessage, to: NodeID)
        /// All messages before it are on the wire.
        case flush
        case answers([Completion])
    }

    enum SnapshotCall: Equatable {
        case prepare(NodeID, UInt64)
        case release(UInt64)
        case fetch(LogID, from: NodeID, UInt64)
        case cancelFetch(UInt64)
    }

    var departures: [Departure] = []
    var snapshotCalls: [SnapshotCall] = []
    /// Of each `prepare`.
    var oldestToShare: [LogIndex] = []
    /// The last job that is not durable.
    var unflushed: LogJob?
    /// Those of the jobs that are not durable.
    var installations: [SnapshotInstallation] = []
    var applyJobs: [ApplyJob] = []
    var logReads: [(range: LogRange, id: UInt64)] = []
    /// Of the latest AppendEntriesRequest to each peer.
    private(set) var sequences: [NodeID: UInt64] = [:]
    var linked: Set<NodeID> = ["b", "c"]
    var now = Instant(nanoseconds: 1_000_000_000)
    var deadline: Instant?
    var isTurnDue = false
    /// Through which entries the log was to get shorter.
    var wanted: [LogIndex] = []
    /// Through which the data are said to be durable.
    var persistedIndex = LogIndex.zero
    var dataBytes = 0
    var transfers: [SnapshotProgress] = []

    func submit(_ job: LogJob) {
        departures.append(.logJob(job))
        unflushed = job
        if let installation = job.installation { installations.append(installation) }
    }

    func submit(_ job: ApplyJob) { applyJobs.append(job) }

    func read(_ range: LogRange, bytesMax: Int, id: UInt64) { logReads.append((range, id)) }

    func prepare(for member: NodeID, id: UInt64, oldest: LogIndex) {
        snapshotCalls.append(.prepare(member, id))
        oldestToShare.append(oldest)
    }

    func release(id: UInt64) { snapshotCalls.append(.release(id)) }

    func fetch(_ lastIncluded: LogID, from leader: NodeID, id: UInt64) {
        snapshotCalls.append(.fetch(lastIncluded, from: leader, id))
    }

    func cancelFetch(id: UInt64) { snapshotCalls.append(.cancelFetch(id)) }

    func send(_ message: PeerMessage, to peer: NodeID) {
        guard linked.contains(peer) else { return }
        departures.append(.message(message, to: peer))
        if case .raft(let raft, _) = message, case .appendEntriesRequest(let request) = raft.body {
            sequences[peer] = request.sequence
        }
    }

    func compactionDue(through wanted: LogIndex) { self.wanted.append(wanted) }

    func flush() { departures.append(.flush) }

    func isLinked(to peer: NodeID) -> Bool { linked.contains(peer) }

    func membersChanged(_ members: [Member]) {}

    func wake(at deadline: Instant) { self.deadline = min(self.deadline ?? deadline, deadline) }

    func post(_ completions: [Completion]) { departures.append(.answers(completions)) }
}

extension [PlayedPorts.Departure] {
    /// The answers to users among them.
    var answers: [Completion] {
        var found: [Completion] = []
        for case .answers(let completions) in self { found += completions }
        return found
    }

    /// The messages to `peer` among them.
    func messages(to peer: NodeID) -> [PeerMessage] {
        var found: [PeerMessage] = []
        for case .message(let message, let receiver) in self where receiver == peer { found.append(message) }
        return found
    }

    /// The AppendEntriesRequests to `peer` among them.
    func appendEntries(to peer: NodeID) -> [AppendEntriesRequest] {
        var found: [AppendEntriesRequest] = []
        for case .raft(let message, _) in messages(to: peer) {
            if case .appendEntriesRequest(let request) = message.body { found.append(request) }
        }
        return found
    }
}
