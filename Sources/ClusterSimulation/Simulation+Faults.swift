internal import HotPath
internal import RaftCore

/// What a schedule does to the cluster.
extension Simulation {
    /// The node that a fault meets; nil if there is none now.
    func node(of target: Target) -> SimulatedNode? { number(of: target).map { nodes[$0] } }

    /// The process that leads in the highest term.
    var leader: SimulatedProcess? { leading.flatMap { nodes[$0.number].process } }

    func meet(_ fault: Fault) {
        let before = faultsMet
        say("FAULT \(fault)")
        switch fault {
        case .crash(let target, let effects, let downtime): crash(target, effects, downtime)
        case .powerLoss(let downtime): losePower(nodes, downtime)
        case .power(let target, let calls, let downtime): losePower(target, afterCalls: calls, downtime)
        case .powerInInstallation(let target, let calls, let downtime):
            afflict(target, latent: { .powerInInstallation($0) }) {
                $0.callsOfNextInstallation = calls
                $0.downtimeOfFailure = downtime
            }
        case .powerOfSome(let set, let downtime): losePower(nodes.filter { set & (1 << $0.number) != 0 }, downtime)
        case .pause(let target, let time): afflict(target) { $0.pausedUntil = self.end(of: time) }
        case .slow(let target, let time): slow(target, time)
        case .terminate(let target, let downtime): terminate(target, downtime)
        case .hangDisk(let target, let time):
            afflict(target, latent: { .hungDisk($0) }) { $0.diskHangsUntil = self.end(of: time) }
        case .hangApply(let target, let time):
            afflict(target, latent: { .hungApply($0) }) { $0.applyHangsUntil = self.end(of: time) }
        case .hangReads(let target, let time):
            afflict(target, latent: { .hungReads($0) }) { $0.readsHangUntil = self.end(of: time) }
        case .failSync(let target, let downtime): failSync(target, downtime)
        case .fillDisk(let target, let bytes, let time):
            afflict(target, latent: { .space($0) }) {
                $0.disk.medium.capacityBytes = $0.disk.medium.image.bytes + bytes
                self.schedule(.mendDisk(node: $0.number), at: self.end(of: time))
            }
        case .failReads(let target, let time):
            afflict(target, latent: { .reads($0) }) {
                $0.disk.medium.failsReads = true
                self.schedule(.mendDisk(node: $0.number), at: self.end(of: time))
            }
        case .flipBit(let target, let place, let downtime):
            damageFile(target, downtime) { medium, path, count in
                medium.flipBit(place % 8, ofByte: place / 8 % count, in: path)
            } choosing: {
                place % $0
            }
        case .cutFile(let target, let place, let downtime):
            damageFile(target, downtime) { medium, path, count in
                medium.truncate(path, to: place % count)
            } choosing: {
                place % $0
            }
        case .oldDisk(let target, let downtime): bringBackOldDisk(target, downtime)
        case .oldDatabase(let target, let downtime):
            guard let node = node(of: target), let copy = node.olderDisks.first else { break }
            damage(node, downtime) { $0.restoreDatabase(copy, of: node.id) }
        case .wipe(let target, let downtime): wipe(target, downtime)
        case .crashInRepair(let downtime): downtimeInRepair = downtime
        case .rot(let target, let downtime): rot(target, downtime)
        case .isolate, .deafen, .cut, .split, .breakLink, .storm: disturbNetwork(fault)
        case .add, .promote, .demote, .remove, .transfer: operate(fault)
        case .upgrade(let target, let downtime): upgrade(target, downtime)
        case .downgrade(let target, let downtime): downgrade(target, downtime)
        case .raiseLevel: raiseFeatureLevel()
        // A replica cuts its log by itself, and nobody takes members in by more than a change of the configuration.
        case .compact, .join: return
        }
        if faultsMet > before { coverage.count(.fault) }
    }

    /// `latent` makes the fault one that the node feels later, or never.
    private func afflict(
        _ target: Target, latent: ((Int) -> LatentFault)? = nil, _ change: (SimulatedNode) -> Void
    ) {
        guard let node = node(of: target), node.isRunning else { return }
        change(node)
        if let latent { noteFault(latent: latent(node.number)) } else { noteFault() }
    }

    private func crash(_ target: Target, _ effects: Int, _ downtime: Int) {
        guard let process = node(of: target)?.process else { return }
        noteFault()
        scheduleStart(process.node, afterMilliseconds: downtime)
        if effects == 0 { return end(process, silently: draws.network.chance(perMille: 200)) }
        process.ports.effectsLeft = effects - 1
        // It dies at once if nothing happens in its turn.
        coverage.count(.crashAmongEffects)
        wake(process.node.number, life: process.life)
        schedule(.stop(node: process.node.number, life: process.life), at: now + 1_000_000)
    }

    /// Ends the leader if a fault wants that while a node is repaired. Another loss that only the leader knows of is
    /// found first.
    func crashInRepairIfDue() {
        guard let downtime = downtimeInRepair, !referee.dependsOnLeader,
            nodes.contains(where: { $0.process?.missesData == true })
        else { return }
        downtimeInRepair = nil
        crash(.leader, 0, downtime)
    }

    private func terminate(_ target: Target, _ downtime: Int) {
        guard let process = node(of: target)?.process, !process.isStopping else { return }
        noteFault()
        process.isStopping = true
        coverage.count(.terminated)
        process.replica.beginShutdown()
        if process.replica.role == .leader { process.replica.transferLeadership(to: nil) }
        let (node, life) = (process.node.number, process.life)
        process.replica.whenIdle(timeoutMilliseconds: 300) { [unowned self] _ in
            // Answers of this turn still leave.
            schedule(.stop(node: node, life: life), at: now + 1_000)
        }
        schedule(.stop(node: node, life: life), at: now + 500_000_000)
        scheduleStart(process.node, afterMilliseconds: 501 + downtime)
    }

    // MARK: Power

    /// These nodes lose power, whether they run or not.
    private func losePower(_ nodes: [SimulatedNode], _ downtime: Int) {
        var hasEffect = false
        for node in nodes {
            let wasRunning = node.isRunning
            hasEffect = hasEffect || wasRunning || !node.disk.medium.image.isSynced
            losePower(node)
            if wasRunning { scheduleStart(node, afterMilliseconds: downtime) }
        }
        if hasEffect { noteFault() }
    }

    private func losePower(_ target: Target, afterCalls calls: Int, _ downtime: Int) {
        guard let node = node(of: target), node.isRunning else { return }
        guard calls > 0 else { return losePower([node], downtime) }
        noteFault(latent: .power(node.number))
        node.disk.medium.callsUntilPowerFails = calls - 1
        node.downtimeOfFailure = downtime
    }

    /// The process of a node ends, and what its disk had not synced meets its fate.
    func losePower(_ node: SimulatedNode) {
        if let process = node.process, !process.isInTurn { end(process, silently: true) }
        let medium = node.disk.medium
        let torn = medium.tornFileCount
        node.disk.losePower([.lost, .kept, .drawn, .drawn][draws.disk.below(4)], seed: draws.disk.next())
        coverage.count(.powerLoss)
        if medium.tornFileCount > torn { coverage.count(.tornWrite) }
        let fallsAgain = draws.disk.chance(perMille: 150)
        let calls = draws.disk.below(30)
        node.callsOfNextStart = fallsAgain && !isHealing ? calls : nil
    }

    // MARK: Disks

    private func failSync(_ target: Target, _ downtime: Int) {
        guard let node = node(of: target), let process = node.process else { return }
        noteFault(latent: .sync(node.number))
        node.downtimeOfFailure = downtime
        if process.storage.logStage == .syncing {
            node.disk.medium.failsSyncUnderWay = true
        } else {
            node.disk.medium.syncsUntilOneFails = 0
        }
    }

    private func bringBackOldDisk(_ target: Target, _ downtime: Int) {
        guard let node = node(of: target), let process = node.process, let copy = node.olderDisks.first,
            referee.mayLose(node, leaving: copy.lastLogID.index, self)
        else { return }
        noteFault()
        coverage.count(.olderDisk)
        referee.diskWentBack(of: node.id)
        lose(node, of: process, downtime) { $0.restore(copy) }
        node.appliedBefore = copy.persisted
    }

    private func damageFile(
        _ target: Target, _ downtime: Int, _ change: (SimulatedDisk, String, Int) -> Bool, choosing: (Int) -> Int
    ) {
        guard let node = node(of: target) else { return }
        let paths = node.disk.medium.paths
        guard !paths.isEmpty else { return }
        let path = paths[choosing(paths.count)]
        guard let count = node.disk.medium.content(of: path)?.count, count > 0 else { return }
        damage(node, downtime) { disk in
            say("damages \(path) of \(count) bytes")
            return change(disk.medium, path, count)
        }
    }

    /// At most one node is damaged, so that the others are a majority if it has to be replaced. `change` says whether
    /// it changed anything.
    private func damage(_ node: SimulatedNode, _ downtime: Int, _ change: (NodeDisk) -> Bool) {
        guard let process = node.process, nodes.allSatisfy({ !$0.isDamaged || $0 === node }),
            referee.mayLose(node, leaving: .zero, self)
        else { return }
        noteFault()
        end(process, silently: false)
        node.isDamaged = change(node.disk) || node.isDamaged
        scheduleStart(node, afterMilliseconds: downtime)
    }

    private func wipe(_ target: Target, _ downtime: Int) {
        guard let node = node(of: target), let process = node.process, referee.mayLose(node, leaving: .zero, self)
        else { return }
        noteFault()
        lose(node, of: process, downtime) { $0.wipe() }
        node.appliedBefore = .zero
    }

    private func lose(
        _ node: SimulatedNode, of process: SimulatedProcess, _ downtime: Int, _ change: (NodeDisk) -> Void
    ) {
        end(process, silently: false)
        referee.willLose(node)
        change(node.disk)
        node.olderDisks.removeAll()
        scheduleStart(node, afterMilliseconds: downtime)
    }

    /// A node's disk, reads and apply thread work again.
    func resume(_ node: SimulatedNode) {
        node.diskHangsUntil = min(node.diskHangsUntil, now)
        node.applyHangsUntil = min(node.applyHangsUntil, now)
        node.readsHangUntil = min(node.readsHangUntil, now)
    }

    // MARK: Operators

    private func operate(_ fault: Fault) {
        switch fault {
        case .add(let target):
            if let node = node(of: target), mayJoin(node) { change(.addLearner(Member(id: node.id, role: .learner))) }
        case .promote(let target): if let node = node(of: target) { change(.promote(node.id)) }
        case .demote(let target): if let node = node(of: target) { change(.demote(node.id)) }
        case .remove(let target):
            guard let node = node(of: target), latestConfiguration.members.count > 1 else { return }
            if node.number == leader?.node.number { coverage.count(.removalOfLeader) }
            change(.remove(node.id))
        case .transfer(let target):
            guard let leader else { return }
            let to = target.flatMap { node(of: $0)?.id }
            referee.willTransfer(leader, to: to, coverage: &coverage)
            leader.replica.transferLeadership(to: to)
            noteFault(latent: .transfer)
        default: return
        }
    }

    /// Asks every node that takes itself for the leader: an operator cannot know better.
    private func change(_ change: ConfigurationChange) {
        for process in nodes.compactMap(\.process) where process.replica.role == .leader {
            ask(change, of: process, counting: .changeOfMembers)
        }
    }

    func ask(_ change: ConfigurationChange, of process: SimulatedProcess, counting point: Coverage.Point) {
        process.openChanges += 1
        var isEnded = false
        process.replica.changeConfiguration(change, timeoutMilliseconds: 1_000) {
            [unowned self, unowned process] result in
            if isEnded { referee.breach("the change \(change) ended twice") }
            isEnded = true
            process.openChanges -= 1
            if result == .committed {
                coverage.count(point)
                noteFault()
            }
        }
    }
}
