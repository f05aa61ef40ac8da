internal import Bytes
internal import ClusterControl
internal import HotPath
internal import KeyValue
internal import RaftCore
internal import Storage

/// Starts and ends of processes.
extension Simulation {
    /// Starts a process, unless its store refuses to open: then it is tried again later.
    func start(_ node: SimulatedNode) throws {
        if node.isOutOfService || node.awaitsUpgrade { return }
        node.life += 1
        node.pausedUntil = 0
        node.slowness = 1
        let clock = NodeClock(origin: draws.nodes.next() % (1 << 40), partsPerMillion: node.drift)
        let seed = draws.nodes.next()
        guard let (storage, recovered) = try open(node, seed: SplitMix64.scramble(seed)) else { return }
        let process = SimulatedProcess(
            node, in: self, clock: clock, settings: settings, seed: seed, storage, recovered)
        node.process = process
        referee.didStart(process)
        process.replica.onTrouble = { [unowned self, unowned process] in didMeet($0, process) }
        process.replica.start()
        // The first turn was asked for before anybody could hear it.
        wake(node.number, life: node.life)
        dialSoon(from: node.number)
        for other in nodes where other.isRunning && network.wanted(from: other.number).contains(node.number) {
            dialSoon(from: other.number)
        }
    }

    private static let cluster = ClusterID(high: 1, low: 2)

    /// Opens a store and recovers it. A node without a history gets one, as an operator would see to it.
    private func open(_ node: SimulatedNode, seed: UInt64) throws -> (SimulatedStorage, Raft.Recovered)? {
        let medium = node.disk.medium
        medium.callsUntilPowerFails = node.callsOfNextStart
        node.callsOfNextStart = nil
        var opened: SimulatedStorage?
        do {
            let storage = try SimulatedStorage(node.id, on: node.disk, settings.storage, seed: seed)
            opened = storage
            if storage.store.clusterID == nil {
                // A node that has lost its history takes part in nothing, and nobody asks it to.
                if node.isDamaged {
                    storage.kill()
                    takeOutOfService(node)
                    return nil
                }
                if node.life == 1, node.number < settings.voters {
                    try storage.bootstrap(Self.cluster, firstEntry, HardState(currentTerm: Term(1)))
                } else {
                    try storage.join(Self.cluster)
                }
            }
            let recovered = try storage.store.recover(knowing: node.featureLevel)
            try noteRot(node, storage)
            try referee.didRecover(node, recovered, storage, self)
            medium.callsUntilPowerFails = nil
            return (storage, recovered)
        } catch {
            opened?.kill()
            refuse(node, error)
            return nil
        }
    }

    /// A store could not be opened. The disk must be the reason.
    private func refuse(_ node: SimulatedNode, _ error: any Error) {
        say("\(node.id) does not start: \(error)")
        guard let cause = node.disk.medium.takeFailure() else {
            if node.isDamaged { return takeOutOfService(node) }
            if let error = error as? StorageError, error.code == .otherFormat { return refuseRelease(of: node) }
            return referee.breach("\(node.id) does not start: \(error)")
        }
        coverage.count(.startRefused)
        noteEffect(of: cause.fault(of: node.number))
        if cause == .power { losePower(node) }
        scheduleStart(node, afterMilliseconds: draws.disk.within(20...200))
    }

    /// Ends a process as a crash does. What it wrote stays, and what was not synced is lost only with the power.
    /// `silently`: the peers' connections learn nothing.
    func end(_ process: SimulatedProcess, silently: Bool) {
        let node = process.node
        if process.replica.followerProgress.contains(where: { $0.lostThrough != nil }) {
            coverage.count(.leaderLostDuringRepair)
        }
        node.process = nil
        node.appliedBefore = max(node.appliedBefore, process.stateMachine.appliedIndex)
        switch process.storage.logStage {
        case .idle: break
        case .syncing: coverage.count(.crashBeforeSync)
        case .reporting: coverage.count(.crashBeforeNotice)
        }
        if case .idle = process.compactionStage {} else { coverage.count(.crashInCycle) }
        if process.storage.isFlushing { coverage.count(.flushCutOff) }
        process.comparisonWork.removeAll()
        process.storage.kill()
        clients.lose(on: node.number, oracle: &oracle)
        for peer in nodes where peer.number != node.number { close(node.number, peer.number, silently: silently) }
        network.forget(node.number)
        coverage.count(.crash)
        if process.roleSeen == .leader { coverage.count(.crashOfLeader) }
    }

    /// A process that was asked to stop ends in order, one that dies does not.
    func stop(_ process: SimulatedProcess) {
        if process.isStopping, process.node.diskHangsUntil <= now {
            process.comparisonWork.removeAll()
            do {
                try process.storage.close()
                coverage.count(.closedInOrder)
            } catch {
                return storeFailed(process, error)
            }
        }
        end(process, silently: false)
    }

    /// A call of the store has failed, which ends the process. The disk must be the reason.
    func storeFailed(_ process: SimulatedProcess, _ error: any Error) {
        let node = process.node
        say("the store of \(node.id) fails: \(error)")
        guard let cause = node.disk.medium.takeFailure() else {
            guard node.isDamaged else { return referee.breach("the store of \(node.id) fails: \(error)") }
            process.ports.die()
            if !process.isInTurn { end(process, silently: false) }
            return takeOutOfService(node)
        }
        coverage.count(cause.point)
        noteEffect(of: cause.fault(of: node.number))
        // The rest of a turn has no effect, and ends the process.
        process.ports.die()
        if !process.isInTurn { end(process, silently: cause == .power) }
        if cause == .power { losePower(node) }
        scheduleStart(node, afterMilliseconds: node.downtimeOfFailure)
    }

    /// The store has found that its disk is damaged, and says that the node must be replaced.
    private func takeOutOfService(_ node: SimulatedNode) {
        coverage.count(.damageFound)
        node.isOutOfService = true
    }

    private func didMeet(_ trouble: Trouble, _ process: SimulatedProcess) {
        switch trouble {
        case .dataLoss(let loss): referee.didReport(loss, by: process, coverage: &coverage)
        case .unknownEntry(let entry, let known): didRefuse(entry, knowing: known, process)
        case .dataDiffer(_, let isOwn):
            if isOwn, !process.node.wasRotten, !mayNameTheRight {
                referee.breach("\(process.id) says that its data are wrong")
            }
        // Whether there is a reason is checked where the read fails.
        case .unreadableData: coverage.count(.unreadableData)
        case .stalledLog:
            coverage.count(.stalledDisk)
            process.stalledAsLeader = process.roleSeen == .leader
        }
    }
}

extension SimulatedDisk.Failure {
    /// The fault of the schedule that may have caused it.
    fileprivate func fault(of node: Int) -> LatentFault {
        switch self {
        case .power: .power(node)
        case .space: .space(node)
        case .sync: .sync(node)
        case .read: .reads(node)
        }
    }

    /// Counted when it ends a process.
    fileprivate var point: Coverage.Point {
        switch self {
        case .power: .powerLossInCall
        case .space: .fullDisk
        case .sync: .failedSync
        case .read: .failedRead
        }
    }
}
