internal import RaftCore

/// Linearizable reads (thesis 6.4): where they are confirmed, and when they may be served.
extension Replica {
    // MARK: At this node's own core

    /// Asks the own core for an index. At another role than leader the core refuses at once.
    func confirmRead(for origin: ReadBatch.Origin, deadline: Instant, now: Instant) {
        let id = ids.makeID()
        reads.append(ReadBatch(origin: origin, id: id, leader: nil, askedAt: now, deadline: deadline))
        step(.readIndex(ReadID(id)), now: now)
    }

    /// A follower asks for an index; one request stands for all reads that wait there.
    func confirmRead(id: UInt64, askedBy peer: NodeID, now: Instant) {
        guard reads.count(askedBy: peer) < ReplicaLimits.readBatchesPerPeerMax else {
            ports.links.send(.readIndexAnswer(id: id, index: nil), to: peer)
            return
        }
        confirmRead(for: .peer(peer, id: id), deadline: reads.deadline(ofArrival: now), now: now)
    }

    func readBecameReady(_ read: ReadyRead) {
        switch reads.take(read.id) {
        case nil: break
        case .local(let tags, let arrivedAt): awaitApply(of: read.index, (tags, arrivedAt))
        case .peer(let peer, let id): ports.links.send(.readIndexAnswer(id: id, index: read.index), to: peer)
        case .control(let completion):
            completion(raft.isConfigurationCommitted ? .committed(raft.configuration) : .changing)
        }
    }

    /// This node could not confirm the read. Reads are asked again as long as their users wait.
    func readFailed(_ id: ReadID, now: Instant) {
        switch reads.take(id) {
        case nil: break
        case .local(let tags, let arrivedAt): askAgain((tags, arrivedAt), now: now)
        case .peer(let peer, let id): ports.links.send(.readIndexAnswer(id: id, index: nil), to: peer)
        case .control(let completion): completion(.notLeader)
        }
    }

    // MARK: At the leader

    func askForReadIndex(_ asked: PendingReadIndex.Reads, of leader: NodeID, now: Instant) {
        let id = ids.makeID()
        reads.append(
            ReadBatch(
                origin: .local(asked.tags, arrivedAt: asked.arrivedAt), id: id, leader: leader, askedAt: now,
                deadline: reads.deadline(ofArrival: asked.arrivedAt)))
        ports.links.send(.readIndexRequest(id: id), to: leader)
    }

    func takeReadIndexAnswer(id: UInt64, index: LogIndex?, from peer: NodeID, now: Instant) {
        guard let answered = reads.take(id, askedOf: peer) else { return }
        if let index {
            awaitApply(of: index, answered)
        } else {
            askAgain(answered, now: now)
        }
    }

    /// A request or its answer was lost with a link that the transport has not given up yet.
    func askAgainForUnansweredReads(now: Instant) {
        while let unanswered = reads.takeUnanswered(now: now) { askAgain(unanswered, now: now) }
    }

    /// This node serves nothing any more. Of one that was removed no leader confirms an index either.
    func failAllReads(_ refusal: RequestFailure) { fail(reads.takeAllOfUsers(), refusal) }

    private func fail(_ tags: [RequestTag], _ refusal: RequestFailure) {
        guard !tags.isEmpty else { return }
        ports.admission.release(commands: tags.count, bytes: 0)
        for tag in tags { answers.append(tag, .failed(refusal)) }
    }

    /// Reads go back to where bursts wait: there may be another leader by now, or none.
    func askAgain(_ unanswered: PendingReadIndex.Reads, now: Instant) {
        var burst = Burst()
        burst.reads = unanswered.tags
        heldBursts.appendForRetry(burst, arrivedAt: unanswered.arrivedAt, now: now)
    }

    /// A majority that does not answer, or a state machine that does not get as far, makes nobody wait without end.
    func endOverdueReads(now: Instant) {
        for origin in reads.takeOverdue(now: now) {
            switch origin {
            case .local(let tags, _):
                ports.admission.release(commands: tags.count, bytes: 0)
                for tag in tags { answers.append(tag, .failed(.noLeader)) }
            case .peer(let peer, let id): ports.links.send(.readIndexAnswer(id: id, index: nil), to: peer)
            case .control(let completion): completion(.notLeader)
            }
        }
    }

    // MARK: At the state machine

    /// The state machine of a node that does not know an entry never gets that far, so nobody waits for it there.
    private func awaitApply(of index: LogIndex, _ confirmed: PendingReadIndex.Reads) {
        if let unknown = raft.unknownEntry, index >= unknown.index { return fail(confirmed.tags, .unknownEntry) }
        reads.awaitApply(of: index, confirmed)
    }

    /// This node does not know an entry: whatever waits to be applied from there on is not.
    func failReadsThatAwait(_ unknown: UnknownEntry) { fail(reads.takeConfirmed(from: unknown.index), .unknownEntry) }

    /// Thesis 6.4 step 4: "waits for its state machine to advance at least as far as the readIndex".
    func completeReadsThatAreApplied() {
        let othersAwaitApply =
            standstill.awaitsApply || !standing.hasCaughtUp || !peerInbox.deferred.isEmpty || catchUp.fetch != nil
        guard reads.awaitsApply else {
            let isNews = ports.appliedInterest.set(othersAwaitApply)
            // They wait for the report of the apply thread, which may have come to the mailbox before the flag was up.
            // While a snapshot is installed the index is its own already, which the core hears with the installation.
            let isBehind =
                ports.stateMachine.appliedIndex > raft.appliedIndex && catchUp.fetch?.isInstalling != true
            if othersAwaitApply, isNews || isBehind {
                ports.mailbox.requestTurn()
            }
            return
        }
        // The flag is raised before the index is looked at, so that no advance goes unnoticed between the two.
        ports.appliedInterest.set(true)
        let applied = settings.has(.readsBeforeApply) ? .limit : ports.stateMachine.appliedIndex
        let count = reads.takeApplied(through: applied, answers: &answers)
        if count > 0 { ports.admission.release(commands: count, bytes: 0) }
        if !reads.awaitsApply { ports.appliedInterest.set(othersAwaitApply) }
    }
}
