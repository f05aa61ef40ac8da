internal import KeyValue
internal import NIOCore
internal import RaftCore

/// A burst of this node's users from its arrival on: proposed here, sent to the leader, or held until there is one. And
/// the way of every answer to a sink.
extension Replica {
    /// Everything that users asked for since the last turn, after the bursts that waited for this moment.
    func submitBursts(now: Instant) {
        if !heldBursts.isEmpty, hasReachableLeader {
            for due in heldBursts.takeDue(now: now) { submit(due.burst, arrivedAt: due.arrivedAt, now: now) }
        }
        for burst in inbox.bursts { submit(burst, arrivedAt: now, now: now) }
    }

    private var hasReachableLeader: Bool {
        if raft.role == .leader { return raft.canPropose }
        guard let leader = raft.leaderID, leader != raft.id else { return false }
        return ports.links.isLinked(to: leader)
    }

    private func submit(_ burst: Burst, arrivedAt: Instant, now: Instant) {
        if standstill.isShuttingDown {
            fail(burst, .shuttingDown)
        } else if let refusal = standing.refusal {
            fail(burst, refusal)
        } else if raft.role == .leader, raft.canPropose {
            propose(burst, now: now)
            if !burst.reads.isEmpty {
                confirmRead(
                    for: .local(burst.reads, arrivedAt: arrivedAt), deadline: reads.deadline(ofArrival: arrivedAt),
                    now: now)
            }
        } else if let leader = raft.leaderID, leader != raft.id, ports.links.isLinked(to: leader) {
            forward(burst, to: leader, arrivedAt: arrivedAt)
            if !burst.reads.isEmpty { askForReadIndex((burst.reads, arrivedAt), of: leader, now: now) }
        } else {
            heldBursts.append(burst, arrivedAt: arrivedAt, now: now)
        }
    }

    /// Every wait of a request ends in time, whatever it waits for.
    func endOverdueWaits(now: Instant) {
        failOverdueBursts(now: now)
        ports.admission.release(forwardedWrites.takeOverdue(now: now, answers: &answers))
        endOverdueReads(now: now)
        endOverdueComparisons(now: now)
        for (caller, reply) in controlWaits.calls.takeOverdue(now: now) { caller(reply) }
    }

    private func failOverdueBursts(now: Instant) {
        let refusal = standstill.isShuttingDown ? .shuttingDown : standing.refusal
        for burst in heldBursts.takeOverdue(now: now, all: refusal != nil) {
            fail(burst, refusal ?? .noLeader)
        }
    }

    func failWrites(of burst: Burst, _ failure: RequestFailure) {
        var writes = burst
        writes.reads = []
        fail(writes, failure)
    }

    private func fail(_ burst: Burst, _ failure: RequestFailure) {
        let operationCount = burst.commands.withUnsafeReadableBytes { CommandExtent.operationCount(in: $0) }
        ports.admission.release(commands: operationCount + burst.reads.count, bytes: burst.commands.readableBytes)
        for tag in burst.tags { answers.append(tag, .failed(failure)) }
        for tag in burst.reads { answers.append(tag, .failed(failure)) }
    }

    /// Hands the answers of the turn to their sinks, one call per sink. A sink of the owner's loop writes them to their
    /// sockets within that call.
    func postAnswers() {
        for sink in ports.sinks.indices where !answers.isEmpty(for: sink) {
            var batch = answers.take(for: sink)
            ports.sinks[sink].post(batch)
            batch.removeAll(keepingCapacity: true)
            answers.giveBack(batch, for: sink)
        }
    }
}
