internal import DequeModule
internal import RaftCore

/// Linearizable reads that share one confirmation (thesis 6.4).
struct ReadBatch {
    enum Origin {
        /// Users of this node.
        case local([RequestTag])
        /// A follower that asked for an index.
        case peer(NodeID, id: UInt64)
        /// The control plane, which wants to know the configuration.
        case control((Replica.ConfirmedConfiguration) -> Void)
    }

    var origin: Origin
    /// Names the batch towards the core, or towards the leader that was asked.
    var id: UInt64 = 0
    /// The leader that was asked; nil if the batch is with this node's own core.
    var leader: NodeID?
    var askedAt = Instant(nanoseconds: 0)

    func isAsked(by node: NodeID) -> Bool {
        guard case .peer(let peer, _) = origin else { return false }
        return peer == node
    }
}

extension Replica {
    /// Asks the own core for an index. At another role than leader the core refuses at once.
    func registerRead(_ batch: ReadBatch, now: Instant) {
        var batch = batch
        batch.id = makeToken()
        batch.leader = nil
        batch.askedAt = now
        readBatches.append(batch)
        step(.readIndex(ReadID(batch.id)), now: now)
    }

    func askForReadIndex(_ tags: [RequestTag], of leader: NodeID, now: Instant) {
        let batch = ReadBatch(origin: .local(tags), id: makeToken(), leader: leader, askedAt: now)
        readBatches.append(batch)
        links.send(.readIndexRequest(id: batch.id), to: leader)
    }

    func readBecameReady(_ read: ReadyRead) {
        guard let place = readBatches.firstIndex(where: { $0.leader == nil && $0.id == read.id.rawValue }) else {
            return
        }
        let batch = readBatches.remove(at: place)
        switch batch.origin {
        case .local: readsAwaitingApply.append((read.index, batch))
        case .peer(let peer, let id): links.send(.readIndexAnswer(id: id, index: read.index), to: peer)
        case .control(let completion):
            completion(raft.isConfigurationCommitted ? .committed(raft.configuration) : .changing)
        }
    }

    /// This node could not confirm the read. Reads are asked again as long as their users wait.
    func readFailed(_ id: ReadID, now: Instant) {
        guard let place = readBatches.firstIndex(where: { $0.leader == nil && $0.id == id.rawValue }) else { return }
        let batch = readBatches.remove(at: place)
        switch batch.origin {
        case .local: requeue(batch, now: now)
        case .peer(let peer, let id): links.send(.readIndexAnswer(id: id, index: nil), to: peer)
        case .control(let completion): completion(.notLeader)
        }
    }

    func takeReadIndexAnswer(id: UInt64, index: LogIndex?, from peer: NodeID, now: Instant) {
        guard let place = readBatches.firstIndex(where: { $0.leader == peer && $0.id == id }) else { return }
        let batch = readBatches.remove(at: place)
        if let index {
            readsAwaitingApply.append((index, batch))
        } else {
            requeue(batch, now: now)
        }
    }

    func requeueReads(askedOf leader: NodeID) {
        let now = timekeeper.now
        for batch in readBatches where batch.leader == leader { requeue(batch, now: now) }
        readBatches.removeAll { $0.leader == leader || $0.isAsked(by: leader) }
    }

    /// A request or its answer was lost with a link that the transport has not given up yet.
    func retryOverdueReads(now: Instant) {
        while let first = readBatches.first, first.leader != nil,
            now.nanoseconds(since: first.askedAt) > settings.readRetryNanoseconds
        {
            readBatches.removeFirst()
            requeue(first, now: now)
        }
    }

    private func requeue(_ batch: ReadBatch, now: Instant) {
        guard case .local(let tags) = batch.origin else { return }
        var burst = Burst()
        burst.reads = tags
        hold(burst, now: now)
    }

    /// Thesis 6.4 step 4: "waits for its state machine to advance at least as far as the readIndex".
    func completeReadsThatAreApplied() {
        guard !readsAwaitingApply.isEmpty else {
            appliedInterest.set(isShuttingDown || !idleWaiters.isEmpty)
            return
        }
        appliedInterest.set(true)
        let applied = stateMachine.appliedIndex
        var left: Deque<(index: LogIndex, batch: ReadBatch)> = []
        for (index, batch) in readsAwaitingApply {
            guard index <= applied, case .local(let tags) = batch.origin else {
                left.append((index, batch))
                continue
            }
            admission.release(commands: tags.count, bytes: 0)
            post(tags.map { Completion(tag: $0, outcome: .readable) })
        }
        readsAwaitingApply = left
        if left.isEmpty { appliedInterest.set(isShuttingDown || !idleWaiters.isEmpty) }
    }
}
