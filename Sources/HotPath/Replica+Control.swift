package import NIOCore
package import RaftCore

/// The control plane's way into the replica. Rare, so closures are fine here. Owner's thread only.
extension Replica {
    /// How a change of the configuration ended.
    package enum ConfigurationResult: Hashable, Sendable {
        case committed
        case unchanged
        case refused(ConfigurationOutcome.Refusal)
        /// Leadership was lost, or the time was up, before the change was committed; it may still take effect.
        case unknown
    }

    /// The configuration as this node knows it when a majority has confirmed that it leads.
    package enum ConfirmedConfiguration: Sendable {
        case committed(Configuration)
        /// The configuration in force is not committed yet, so the one before it may come back.
        case changing
        /// It does not lead, or no majority has confirmed in time that it does.
        case notLeader
    }

    /// Proposes a change of one member. `completion` is called once, on the owner's thread: when the change is
    /// committed, refused, or its outcome became unknown, and at the latest when the time is up.
    package func changeConfiguration(
        _ change: ConfigurationChange, timeoutMilliseconds: Int = ReplicaLimits.controlMillisecondsMax,
        completion: @escaping (ConfigurationResult) -> Void
    ) {
        guard !standstill.isFrozen else {
            completion(.refused(.notLeader))
            return
        }
        step(.changeConfiguration(change), now: ports.timekeeper.now)
        switch effects.configurationOutcome {
        case .appended(let id):
            controlWaits.configurations.append(
                completion, for: id, deadline: deadline(afterMilliseconds: timeoutMilliseconds))
        case .unchanged: completion(.unchanged)
        case .refused(let refusal): completion(.refused(refusal))
        case nil: preconditionFailure("the core did not answer a change of configuration")
        }
        effects.configurationOutcome = nil
        ports.mailbox.requestTurn()
    }

    /// Asks a majority whether this node leads (thesis 6.4) and then reports the configuration, if it is committed.
    /// `completion` is called once, on the owner's thread, at the latest when the time is up.
    package func confirmConfiguration(
        timeoutMilliseconds: Int = ReplicaLimits.controlMillisecondsMax,
        completion: @escaping (ConfirmedConfiguration) -> Void
    ) {
        guard !standstill.isFrozen else {
            completion(.notLeader)
            return
        }
        confirmRead(
            for: .control(completion), deadline: deadline(afterMilliseconds: timeoutMilliseconds),
            now: ports.timekeeper.now)
        ports.mailbox.requestTurn()
    }

    /// Hands leadership to `target`, or to the most suitable voter.
    package func transferLeadership(to target: NodeID?) {
        // The core chooses among all voters, as it does not know whose data are wrong.
        let target = target ?? (standing.alarms.isEmpty ? nil : rightSuccessor)
        step(.transferLeadership(to: target), now: ports.timekeeper.now)
        ports.mailbox.requestTurn()
    }

    /// Runs after the status is published, so that whoever gets a result finds it there.
    func completeConfigurationWaiters(now: Instant) {
        while let (id, waiter) = controlWaits.configurations.popFirst(through: raft.commitIndex) {
            // The core commits only entries that its own log holds.
            waiter(raft.term(at: id.index) == id.term ? .committed : .unknown)
        }
        for waiter in controlWaits.configurations.takeEnded() { waiter(.unknown) }
        for waiter in controlWaits.configurations.takeOverdue(now: now) { waiter(.unknown) }
    }

    /// The end of a wait of the control plane, which is never longer than the limit.
    func deadline(afterMilliseconds milliseconds: Int) -> Instant {
        let bounded = UInt64(max(0, min(milliseconds, ReplicaLimits.controlMillisecondsMax)))
        return ports.timekeeper.now.advanced(byNanoseconds: bounded * 1_000_000)
    }

    // MARK: Requests passed on to the leader

    /// Sends a control request to the leader in the next turn. `completion` is called once, at the latest when the time
    /// is up. Only the reply says whether anything left this node: it is known after this call has returned.
    package func askLeader(
        _ payload: ByteBuffer, timeoutMilliseconds: Int = ReplicaLimits.controlMillisecondsMax,
        completion: @escaping (ControlReply) -> Void
    ) {
        controlWaits.calls.append(
            payload, deadline: deadline(afterMilliseconds: timeoutMilliseconds), caller: completion)
        ports.mailbox.requestTurn()
    }

    func sendControlCalls() {
        for call in controlWaits.calls.takeUnsent() {
            guard let leader = raft.leaderID, leader != raft.id, ports.links.isLinked(to: leader) else {
                call.caller(.notSent)
                continue
            }
            let id = ids.makeID()
            controlWaits.calls.noteSent(call, id: id, to: leader)
            ports.links.send(.controlRequest(id: id, payload: call.payload), to: leader)
        }
    }

    func takeControlAnswer(id: UInt64, payload: ByteBuffer, from peer: NodeID) {
        if let caller = controlWaits.calls.take(id: id, from: peer) { caller(.answer(payload)) }
    }

    /// Another node passed a control request on to this one.
    func answerControlRequest(id: UInt64, payload: ByteBuffer, from peer: NodeID) {
        onControlRequest(payload) { [weak self] answer in
            self?.ports.links.send(.controlAnswer(id: id, payload: answer), to: peer)
            self?.ports.mailbox.requestTurn()
        }
    }
}
