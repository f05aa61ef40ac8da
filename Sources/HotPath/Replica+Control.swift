package import NIOCore
package import RaftCore

/// The control plane's way into the replica. Rare, so closures are fine here. Owner's thread only.
extension Replica {
    /// How a change of the configuration ended.
    package enum ConfigurationResult: Hashable, Sendable {
        case committed
        case unchanged
        case refused(ConfigurationOutcome.Refusal)
        /// Leadership was lost before the change was committed; it may still take effect.
        case unknown
    }

    /// The configuration as this node knows it when a majority has confirmed that it leads.
    package enum ConfirmedConfiguration: Sendable {
        case committed(Configuration)
        /// The configuration in force is not committed yet, so the one before it may come back.
        case changing
        case notLeader
    }

    /// Proposes a change of one member. `completion` is called once, on the owner's thread: when the change is
    /// committed, refused, or its outcome became unknown.
    package func changeConfiguration(
        _ change: ConfigurationChange, completion: @escaping (ConfigurationResult) -> Void
    ) {
        guard !standstill.isFrozen else {
            completion(.refused(.notLeader))
            return
        }
        step(.changeConfiguration(change), now: ports.timekeeper.now)
        switch effects.configurationOutcome {
        case .appended(let id): configurationWaiters.append(completion, for: id)
        case .unchanged: completion(.unchanged)
        case .refused(let refusal): completion(.refused(refusal))
        case nil: preconditionFailure("the core did not answer a change of configuration")
        }
        effects.configurationOutcome = nil
        ports.mailbox.requestTurn()
    }

    /// Asks a majority whether this node leads (thesis 6.4) and then reports the configuration, if it is committed.
    /// `completion` is called once, on the owner's thread.
    package func confirmConfiguration(completion: @escaping (ConfirmedConfiguration) -> Void) {
        guard !standstill.isFrozen else {
            completion(.notLeader)
            return
        }
        confirmRead(for: .control(completion), now: ports.timekeeper.now)
        ports.mailbox.requestTurn()
    }

    /// Hands leadership to `target`, or to the most suitable voter.
    package func transferLeadership(to target: NodeID?) {
        step(.transferLeadership(to: target), now: ports.timekeeper.now)
        ports.mailbox.requestTurn()
    }

    /// Runs after the status is published, so that whoever gets a result finds it there.
    func completeConfigurationWaiters() {
        while let (id, waiter) = configurationWaiters.popFirst(through: raft.commitIndex) {
            // The core commits only entries that its own log holds.
            waiter(raft.term(at: id.index) == id.term ? .committed : .unknown)
        }
        for waiter in configurationWaiters.takeEnded() { waiter(.unknown) }
    }

    // MARK: Requests passed on to the leader

    /// Sends a control request to the leader. `completion` is called once, with nil if there is no linked leader or its
    /// link closed.
    package func askLeader(_ payload: ByteBuffer, completion: @escaping (ByteBuffer?) -> Void) {
        guard let leader = raft.leaderID, leader != raft.id, ports.links.isLinked(to: leader) else {
            completion(nil)
            return
        }
        let id = ids.makeID()
        controlCalls.append(id: id, leader: leader, caller: completion)
        ports.links.send(.controlRequest(id: id, payload: payload), to: leader)
        ports.mailbox.requestTurn()
    }

    func takeControlAnswer(id: UInt64, payload: ByteBuffer, from peer: NodeID) {
        if let caller = controlCalls.take(id: id, from: peer) { caller(payload) }
    }

    /// Another node passed a control request on to this one.
    func answerControlRequest(id: UInt64, payload: ByteBuffer, from peer: NodeID) {
        onControlRequest(payload) { [weak self] answer in
            self?.ports.links.send(.controlAnswer(id: id, payload: answer), to: peer)
            self?.ports.mailbox.requestTurn()
        }
    }
}
