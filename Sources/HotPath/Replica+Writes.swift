internal import DequeModule
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// A burst that found no leader, or a leader that cannot take it now.
struct WaitingBurst {
    var burst: Burst
    /// Not tried again before this, so that two nodes do not play ball with it.
    var notBefore: Instant
    /// Fails with `noLeader` then.
    var deadline: Instant
}

/// Writes of this node's users that went to the leader.
struct ForwardedBurst {
    var id: UInt64
    var leader: NodeID
    var commands: ByteBuffer
    /// What `Admission` counts: at least as many as there are commands.
    var operationCount: Int
    var tags: [RequestTag]
    /// Which commands are answered.
    var answered: [Bool]
    var answeredCount = 0
    /// Until when the commands may be sent again, should the leader turn all of them away.
    var deadline: Instant
}

extension Replica {
    /// Everything that users asked for since the last turn: proposed here, sent to the leader, or held until there is
    /// one.
    func submitBursts(now: Instant) {
        if !waiting.isEmpty, hasReachableLeader {
            let held = waiting
            waiting = []
            for item in held {
                if item.notBefore <= now {
                    submit(item.burst, deadline: item.deadline, now: now)
                } else {
                    waiting.append(item)
                }
            }
        }
        let deadline = now.advanced(byNanoseconds: settings.leaderWaitNanoseconds)
        for burst in inbox.bursts { submit(burst, deadline: deadline, now: now) }
    }

    private var hasReachableLeader: Bool {
        if raft.role == .leader { return raft.canPropose }
        guard let leader = raft.leaderID, leader != raft.id else { return false }
        return links.isLinked(to: leader)
    }

    /// Keeps a burst for another try a little later.
    func hold(_ burst: Burst, deadline: Instant? = nil, now: Instant) {
        waiting.append(
            WaitingBurst(
                burst: burst, notBefore: now.advanced(byNanoseconds: settings.retryNanoseconds),
                deadline: deadline ?? now.advanced(byNanoseconds: settings.leaderWaitNanoseconds)))
    }

    private func submit(_ burst: Burst, deadline: Instant, now: Instant) {
        if isShuttingDown {
            fail(burst, .shuttingDown)
        } else if raft.role == .leader, raft.canPropose {
            propose(burst, now: now)
            if !burst.reads.isEmpty { registerRead(ReadBatch(origin: .local(burst.reads)), now: now) }
        } else if let leader = raft.leaderID, leader != raft.id, links.isLinked(to: leader) {
            forward(burst, to: leader, deadline: deadline)
            if !burst.reads.isEmpty { askForReadIndex(burst.reads, of: leader, now: now) }
        } else {
            waiting.append(WaitingBurst(burst: burst, notBefore: now, deadline: deadline))
        }
    }

    // MARK: Leader

    private func propose(_ burst: Burst, now: Instant) {
        guard !burst.tags.isEmpty else { return }
        propose(burst.commands, tags: burst.tags, isAdmittedHere: true, now: now)
    }

    /// Packs commands into entries and appends them. Leader only.
    private func propose(_ commands: ByteBuffer, tags: [RequestTag], isAdmittedHere: Bool, now: Instant) {
        var commands = commands
        var entries: [Entry] = []
        var sizes: [UInt32] = []
        var nextTag = 0
        var index = raft.lastLogID.index.next
        while commands.readableBytes > 0 {
            var builder = EntryBuilder(
                payloadBytesExpected: min(commands.readableBytes, ReplicaLimits.entryPayloadBytesTarget))
            let count = builder.take(from: &commands)
            precondition(nextTag + count <= tags.count, "a burst holds more commands than tags")
            let entryTags = Array(tags[nextTag..<(nextTag + count)])
            nextTag += count
            let operationCount = builder.operationCount
            let entry = builder.finish(id: LogID(index: index, term: raft.currentTerm))
            let waiters = ApplyJob.Waiters(
                index: index, tags: entryTags, admittedCommands: isAdmittedHere ? operationCount : 0,
                admittedBytes: isAdmittedHere ? entry.encodedBytes - Entry.headerBytes : 0)
            proposals.append((entry.id, waiters))
            entries.append(entry)
            sizes.append(UInt32(entry.encodedBytes))
            index = index.next
        }
        precondition(nextTag == tags.count, "a burst holds fewer commands than tags")
        step(.propose(sizes: sizes), now: now, entries: entries)
    }

    /// Commands that another node's users sent. Only a leader takes them; they are checked, because a malformed command
    /// in a committed entry would stop every node.
    func proposeForwarded(_ commands: ByteBuffer, count: Int, id: UInt64, from peer: NodeID, now: Instant) {
        do throws(CodecError) {
            try ForwardedCommands.validate(commands, count: count)
        } catch {
            // The peer's own code made these bytes and a checksum covered them: it speaks another dialect. Its users
            // wait in vain for the time-out, which tells them that the outcome is unknown.
            return
        }
        let refusal: RequestFailure? =
            raft.role != .leader || !raft.canPropose
            ? .noLeader
            : raft.uncommittedBytes > ReplicaLimits.uncommittedBytesMax
                || unappliedBytes > ReplicaLimits.unappliedBytesMax
                ? .overloaded : nil
        if let refusal {
            let outcomes = Array(repeating: Outcome.failed(refusal), count: count)
            links.send(.forwardedWritesAnswer(id: id, first: 0, outcomes: outcomes), to: peer)
            return
        }
        let origin = originNumber(of: peer)
        var tags: [RequestTag] = []
        tags.reserveCapacity(count)
        for offset in 0..<count {
            tags.append(
                RequestTag(
                    sink: RequestTag.forwardSink, connection: origin,
                    request: ForwardTag.encode(id: id, offset: offset)))
        }
        propose(commands, tags: tags, isAdmittedHere: false, now: now)
    }

    private func originNumber(of peer: NodeID) -> UInt32 {
        if let origin = forwardOrigins.first(where: { $0.peer == peer }) { return origin.number }
        nextOrigin &+= 1
        forwardOrigins.append((nextOrigin, peer))
        return nextOrigin
    }

    /// Sends outcomes back to the nodes that forwarded the commands: one answer per run of consecutive commands.
    func answerForwardedWrites(_ completions: [Completion]) {
        var start = 0
        while start < completions.count {
            let first = completions[start].tag
            let (id, firstOffset) = ForwardTag.decode(first.request)
            var outcomes: [Outcome] = []
            var end = start
            while end < completions.count, completions[end].tag.connection == first.connection,
                completions[end].tag.request == first.request + UInt64(end - start)
            {
                outcomes.append(completions[end].outcome)
                end += 1
            }
            if let origin = forwardOrigins.first(where: { $0.number == first.connection }) {
                links.send(.forwardedWritesAnswer(id: id, first: firstOffset, outcomes: outcomes), to: origin.peer)
            }
            start = end
        }
    }

    /// R11: what a deposed leader had appended may still be committed by the next one.
    func failOpenProposals() {
        var forwards: [Completion] = []
        for (_, waiters) in proposals {
            admission.release(commands: waiters.admittedCommands, bytes: waiters.admittedBytes)
            let outcome = Outcome.failed(.unknownOutcome)
            var local: [Completion] = []
            for tag in waiters.tags {
                if tag.sink == RequestTag.forwardSink {
                    forwards.append(Completion(tag: tag, outcome: outcome))
                } else {
                    local.append(Completion(tag: tag, outcome: outcome))
                }
            }
            post(local)
        }
        proposals.removeAll()
        catchUps.removeAll()
        answerForwardedWrites(forwards)
    }

    // MARK: Follower

    private func forward(_ burst: Burst, to leader: NodeID, deadline: Instant) {
        guard !burst.tags.isEmpty else { return }
        var commands = burst.commands
        var nextTag = 0
        while commands.readableBytes > 0 {
            var bytes = 0
            var count = 0
            var operationCount = 0
            commands.withUnsafeReadableBytes { waiting in
                while bytes < ReplicaLimits.forwardBytesMax, count < ReplicaLimits.forwardCommandsMax,
                    let extent = CommandExtent(at: bytes, of: waiting)
                {
                    bytes += extent.encodedBytes
                    operationCount += extent.operationCount
                    count += 1
                }
            }
            precondition(count > 0, "a burst holds what is no command")
            guard let run = commands.readSlice(length: bytes) else {
                preconditionFailure("a burst ends within a command")
            }
            let id = makeToken()
            forwarded.append(
                ForwardedBurst(
                    id: id, leader: leader, commands: run, operationCount: operationCount,
                    tags: Array(burst.tags[nextTag..<(nextTag + count)]),
                    answered: Array(repeating: false, count: count), deadline: deadline))
            nextTag += count
            links.send(.forwardedWrites(id: id, commandCount: count, commands: run), to: leader)
        }
    }

    func takeForwardedAnswer(id: UInt64, first: Int, outcomes: [Outcome], from peer: NodeID, now: Instant) {
        guard let place = forwarded.firstIndex(where: { $0.id == id && $0.leader == peer }),
            first >= 0, outcomes.count <= forwarded[place].tags.count,
            first <= forwarded[place].tags.count - outcomes.count
        else { return }
        if forwarded[place].answeredCount == 0, outcomes.count == forwarded[place].tags.count,
            outcomes.allSatisfy({ $0 == .failed(.noLeader) })
        {
            // Nothing was taken, so the commands may be sent again.
            let burst = forwarded.remove(at: place)
            var again = Burst()
            again.commands = burst.commands
            again.tags = burst.tags
            hold(again, deadline: burst.deadline, now: now)
            return
        }
        var completions: [Completion] = []
        for (offset, outcome) in outcomes.enumerated() where !forwarded[place].answered[first + offset] {
            forwarded[place].answered[first + offset] = true
            forwarded[place].answeredCount += 1
            completions.append(Completion(tag: forwarded[place].tags[first + offset], outcome: outcome))
        }
        post(completions)
        if forwarded[place].answeredCount == forwarded[place].tags.count {
            release(forwarded[place])
            forwarded.remove(at: place)
        }
    }

    /// The link to the leader closed: what it had taken may or may not take effect.
    func failForwarded(to leader: NodeID) {
        var kept: Deque<ForwardedBurst> = []
        for burst in forwarded {
            guard burst.leader == leader else {
                kept.append(burst)
                continue
            }
            var completions: [Completion] = []
            for (offset, tag) in burst.tags.enumerated() where !burst.answered[offset] {
                completions.append(Completion(tag: tag, outcome: .failed(.unknownOutcome)))
            }
            post(completions)
            release(burst)
        }
        forwarded = kept
    }

    private func release(_ burst: ForwardedBurst) {
        admission.release(commands: burst.operationCount, bytes: burst.commands.readableBytes)
    }

    // MARK: Without a leader

    func failOverdueBursts(now: Instant) {
        guard waiting.contains(where: { $0.deadline <= now || isShuttingDown }) else { return }
        let held = waiting
        waiting = []
        for item in held {
            if item.deadline <= now || isShuttingDown {
                fail(item.burst, isShuttingDown ? .shuttingDown : .noLeader)
            } else {
                waiting.append(item)
            }
        }
    }

    private func fail(_ burst: Burst, _ failure: RequestFailure) {
        let operationCount = burst.commands.withUnsafeReadableBytes { CommandExtent.operationCount(in: $0) }
        admission.release(commands: operationCount + burst.reads.count, bytes: burst.commands.readableBytes)
        post((burst.tags + burst.reads).map { Completion(tag: $0, outcome: .failed(failure)) })
    }

    /// Hands outcomes to the sinks they belong to, one call per run of the same sink.
    func post(_ completions: [Completion]) {
        var start = 0
        while start < completions.count {
            let sink = completions[start].tag.sink
            var end = start + 1
            while end < completions.count, completions[end].tag.sink == sink { end += 1 }
            sinks[Int(sink)].post(Array(completions[start..<end]))
            start = end
        }
    }
}

/// The `request` number of a tag that stands for one forwarded command.
enum ForwardTag {
    private static let offsetBits: UInt64 = 16

    static func encode(id: UInt64, offset: Int) -> UInt64 { id << offsetBits | UInt64(offset) }

    static func decode(_ request: UInt64) -> (id: UInt64, offset: Int) {
        (request >> offsetBits, Int(request & (1 << offsetBits - 1)))
    }
}
