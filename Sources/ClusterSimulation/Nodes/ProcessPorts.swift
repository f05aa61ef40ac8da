internal import HotPath
internal import RaftCore

/// The ports of one process. A process may die between any two effects of a turn: from then on its ports do nothing.
final class ProcessPorts: LogWriter, LogReader, Applier, PeerLinks, Timekeeper, LogMaintainer {
    private let node: Int
    private let life: UInt32
    unowned let simulation: Simulation
    /// Set once the process is complete.
    weak var process: SimulatedProcess?
    /// After this many more effects the process dies; nil if it lives on.
    var effectsLeft: Int?
    /// The process has died in the midst of a turn.
    private(set) var isDead = false

    init(node: Int, life: UInt32, simulation: Simulation) {
        self.node = node
        self.life = life
        self.simulation = simulation
    }

    /// Nothing that the process does has any effect from now on.
    func die() { isDead = true }

    /// Whether the next effect still happens.
    func mayAct() -> Bool {
        guard let left = effectsLeft else { return !isDead }
        effectsLeft = left - 1
        if left <= 0 { isDead = true }
        return !isDead
    }

    // MARK: Timekeeper

    var now: Instant { process?.clock.reading(at: simulation.now) ?? Instant(nanoseconds: 0) }

    func wake(at deadline: Instant) {
        guard let process else { return }
        process.timerSetting += 1
        simulation.schedule(
            .timer(node: node, life: life, setting: process.timerSetting),
            at: process.clock.time(of: deadline, now: simulation.now))
    }

    func wake() {
        // The replica asks for its first turn before the process is complete.
        simulation.wake(node, life: life)
    }

    // MARK: Disk and state machine

    func submit(_ job: LogJob) {
        guard mayAct(), let process else { return }
        simulation.didSubmit(job, process)
    }

    func read(_ range: LogRange, bytesMax: Int, id: UInt64) {
        guard mayAct(), let process else { return }
        simulation.didAskForLog(range, bytesMax: bytesMax, id: id, process)
    }

    func submit(_ job: ApplyJob) {
        guard mayAct(), let process else { return }
        simulation.didSubmit(job, process)
    }

    var persistedIndex: LogIndex { process?.storage.persistedIndex ?? .zero }
    var dataBytes: Int { process?.storage.dataBytes ?? 0 }

    func compactionDue(through wanted: LogIndex) {
        guard mayAct(), let process else { return }
        simulation.beginCompaction(through: wanted, process)
    }

    func compare(_ range: KeyRange, at id: LogID) {
        guard !isDead, let process else { return }
        simulation.didAskToCompare(range, at: id, process)
    }

    func findEnd(of start: [UInt8], bytes: Int) {
        guard mayAct(), let process else { return }
        simulation.didAskForEnd(of: start, bytes: bytes, process)
    }

    /// Answers for users of this node.
    func post(_ completions: [Completion]) {
        guard mayAct(), let process else { return }
        for completion in completions { simulation.didAnswer(completion, process) }
    }

    // MARK: Links

    func send(_ message: PeerMessage, to peer: NodeID) {
        guard mayAct(), let process else { return }
        if message.hasEntries(before: process.replica.firstIndexInMemory) {
            simulation.coverage.count(.fromDisk)
            process.readsAtHand -= 1
        }
        simulation.send(message, from: process, to: peer)
    }

    func flush() {}

    func isLinked(to peer: NodeID) -> Bool {
        guard let target = simulation.number(of: peer) else { return false }
        return simulation.network.isOpen(from: node, to: target)
    }

    /// What a node announces when a link to it opens.
    func featureLevel(of peer: NodeID) -> UInt8? {
        simulation.number(of: peer).map { simulation.nodes[$0].featureLevel }
    }

    func membersChanged(_ members: [Member]) {
        guard !isDead else { return }
        simulation.keepLinks(
            from: node, to: members.compactMap { simulation.number(of: $0.id) }.filter { $0 != node })
    }
}

extension PeerMessage {
    fileprivate func hasEntries(before index: LogIndex) -> Bool {
        guard case .raft(_, let entries) = self, let first = entries.first else { return false }
        return first.id.index < index
    }
}
