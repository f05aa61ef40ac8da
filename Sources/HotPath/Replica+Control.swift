package import NIOCore
package import RaftCore

/// The control plane's way into the replica. Rare, so closures are fine here. Owner's thread only.
extension Replica {
    /// Proposes a change of one member. `completion` is called once, on the owner's thread: when the change is
    /// committed, refused, or its outcome became unknown.
    package func changeConfiguration(
        _ change: ConfigurationChange, completion: @escaping (ConfigurationResult) -> Void
    ) {
        guard !isFrozen else {
            completion(.refused(.notLeader))
            return
        }
        step(.changeConfiguration(change), now: timekeeper.now)
        switch effects.configurationOutcome {
        case .appended(let id): configurationWaiters.append((id, completion))
        case .unchanged: completion(.unchanged)
        case .refused(let refusal): completion(.refused(refusal))
        case nil: preconditionFailure("the core did not answer a change of configuration")
        }
        effects.configurationOutcome = nil
        mailbox.requestTurn()
    }

    /// Asks a majority whether this node leads (thesis 6.4) and then tells the configuration, if it is committed.
    /// `completion` is called once, on the owner's thread.
    package func confirmConfiguration(completion: @escaping (ConfirmedConfiguration) -> Void) {
        guard !isFrozen else {
            completion(.notLeader)
            return
        }
        registerRead(ReadBatch(origin: .control(completion)), now: timekeeper.now)
        mailbox.requestTurn()
    }

    /// Hands leadership to `target`, or to the most suitable voter.
    package func transferLeadership(to target: NodeID?) {
        step(.transferLeadership(to: target), now: timekeeper.now)
        mailbox.requestTurn()
    }

    /// Runs after the status is published, so that whoever is told finds it there.
    func completeConfigurationWaiters() {
        while let first = configurationWaiters.first, first.id.index <= raft.commitIndex {
            configurationWaiters.removeFirst()
            // The core commits only what its own log holds at that index.
            first.completion(raft.term(at: first.id.index) == first.id.term ? .committed : .unknown)
        }
        guard hasLostLeadership else { return }
        hasLostLeadership = false
        let open = configurationWaiters
        configurationWaiters.removeAll()
        for waiter in open { waiter.completion(.unknown) }
    }

    // MARK: Requests passed on to the leader

    /// Sends a control request to the leader. `completion` is called once, with nil if there is no linked leader or its
    /// link closed.
    package func askLeader(_ payload: ByteBuffer, completion: @escaping (ByteBuffer?) -> Void) {
        guard let leader = raft.leaderID, leader != raft.id, links.isLinked(to: leader) else {
            completion(nil)
            return
        }
        let id = makeToken()
        controlAnswers.append((id, leader, completion))
        links.send(.controlRequest(id: id, payload: payload), to: leader)
        mailbox.requestTurn()
    }

    func takeControlAnswer(id: UInt64, payload: ByteBuffer, from peer: NodeID) {
        guard let place = controlAnswers.firstIndex(where: { $0.id == id && $0.leader == peer }) else { return }
        controlAnswers.remove(at: place).completion(payload)
    }

    func failControlRequests(to peer: NodeID) {
        let failed = controlAnswers.filter { $0.leader == peer }
        controlAnswers.removeAll { $0.leader == peer }
        for request in failed { request.completion(nil) }
    }

    // MARK: Stopping and starting over

    /// Takes no new requests from now on (`shuttingDown`), but finishes those that are open.
    package func beginShutdown() {
        isShuttingDown = true
        board.update { $0.isShuttingDown = true }
        mailbox.requestTurn()
    }

    /// Calls `body` once, on the owner's thread: with true when all that was proposed here is answered, everything
    /// submitted to the log thread is durable and everything handed to the apply thread is applied; with false if the
    /// wait was abandoned.
    package func whenIdle(_ body: @escaping (_ isIdle: Bool) -> Void) {
        idleWaiters.append(body)
        appliedInterest.set(true)
        mailbox.requestTurn()
    }

    /// Calls those that wait in `whenIdle` although the replica is not idle: their time is up.
    package func abandonIdleWaiters() {
        let waiters = idleWaiters
        idleWaiters.removeAll()
        for body in waiters { body(false) }
    }

    func notifyIfIdle() {
        guard !idleWaiters.isEmpty else { return }
        let isIdle =
            proposals.isEmpty && forwarded.isEmpty && readBatches.isEmpty && readsAwaitingApply.isEmpty
            && flushedSequence == submittedSequence && stateMachine.appliedIndex >= applySubmitted
            && (isFrozen || raft.role != .leader || raft.commitIndex == raft.lastLogID.index)
        guard isIdle else { return }
        let waiters = idleWaiters
        idleWaiters.removeAll()
        for body in waiters { body(true) }
    }

    /// Stops stepping the core; requests are held. The way into `restart`.
    package func freeze() { isFrozen = true }

    /// Goes on after `freeze` as before.
    package func unfreeze() {
        isFrozen = false
        mailbox.requestTurn()
    }

    /// Goes on after `freeze` with another log and state, which replaced the old ones on disk: a joiner that gave up
    /// its own history. Precondition: frozen and idle (`whenIdle`).
    package func restart(with raft: consuming Raft) {
        precondition(isFrozen, "a replica is restarted without being frozen")
        precondition(proposals.isEmpty, "a replica is restarted with open proposals")
        precondition(flushedSequence == submittedSequence, "a replica is restarted while its log is being written")
        for waiter in configurationWaiters { waiter.completion(.unknown) }
        configurationWaiters.removeAll()
        for linked in linkedMembers { forgetLink(to: linked.id) }
        effects.removeAll()
        inbound.removeAll()
        heldMessages.removeAll()
        catchUps.removeAll()
        unappliedBatches.removeAll()
        unappliedBytes = 0
        jobEntries.removeAll()
        jobTruncateFrom = nil
        ring = EntryRing(after: raft.lastLogID.index)
        applySubmitted = raft.appliedIndex
        self.raft = raft
        isFrozen = false
        statusDetailsDue = timekeeper.now
        linkedMembers = self.raft.configuration.members
        linkTrimDue = nil
        links.membersChanged(linkedMembers)
        mailbox.requestTurn()
    }
}
