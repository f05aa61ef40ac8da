internal import HotPath
internal import NIOCore
internal import RaftCore

/// Everything of a node that a crash takes away: a core, and around it the work of the hot path in its simplest
/// faithful form. It differs from a replica in one thing: it drops the log that its state machine has made superfluous,
/// and sends and installs snapshots.
final class CoreProcess: WatchedProcess {
    enum Input {
        case event(Event)
        case message(Message, entries: [Entry])
        case snapshot(Snapshot)
        /// What the disk has of the entries that were asked for.
        case read(LogReadRequest, [Entry])
        /// Commands of users, each with the number that it writes.
        case propose([UInt64])
        /// A linearizable read, and what was committed when it was asked for.
        case serve(floor: LogIndex)
    }

    let node: CoreNode
    let life: UInt32
    let clock: NodeClock
    unowned let world: CoreSimulation
    private(set) var raft: Raft
    /// The log as the core has it, and the entries that have left it. `compacted` is the last of those.
    var log: ShadowLog
    var compacted: LogID
    var state: KeyValueState
    var shadow: ShadowLog

    // MARK: Between turns

    private var inputs: [Input] = []
    /// Entries up to here may be applied.
    var applyThrough: LogIndex
    var isApplyScheduled = false
    /// Log jobs that wait for the log thread, those that it is writing, and those that are durable without the core's
    /// knowledge.
    var waitingJobs: [LogJob] = []
    var syncingJobs: [LogJob] = []
    var writtenJobs: [LogJob] = []
    /// Since when the disk owes a report.
    var owesSince: UInt64? { didSet { if owesSince != oldValue { isStalled = false } } }
    private var isStalled = false
    /// The snapshot that is being installed.
    var installing: Snapshot?
    /// Reads of the log that its disk owes.
    var logReads: [LogReadRequest] = []
    /// How many applied entries stay in memory.
    private let entriesKept: Int
    private(set) var submittedJobs: UInt64 = 0
    private var reportedJobs: UInt64 = 0
    /// Messages that wait until a job is durable.
    private var held: [(job: UInt64, message: Message)] = []
    private var reads: [(id: ReadID, floor: LogIndex)] = []
    private var lastRead: UInt64 = 0
    /// Entries that this process proposed as a leader and has not applied.
    private var proposals: [LogID] = []
    private var timerSet: Instant?
    private(set) var timerSetting: UInt64 = 0

    // MARK: Of the turn under way

    private var effects = Effects()
    private var truncatedFrom: LogIndex?
    private var changedFrom: LogIndex?
    /// The snapshots that arrived.
    private var offered: [Snapshot] = []
    /// What reads of the log brought.
    private var atHand: [(request: LogReadRequest, entries: [Entry])] = []
    /// After this many more effects the process dies; nil if it lives on.
    var effectsLeft: Int?
    /// The process has died in the midst of a turn.
    private(set) var isDead = false

    // MARK: Remembered by the world and the rules

    var isTurnScheduled = false
    var roleSeen = Raft.Role.follower
    var commitSeen: LogIndex
    var appliedSeen: LogIndex
    var configurationSeen: LogIndex
    var termSeen: Term
    var stalledAsLeader = false
    var sent = (term: Term.zero, through: [LogIndex]())
    var hasMetReplay = false

    init(
        _ node: CoreNode, in world: CoreSimulation, clock: NodeClock, seed: UInt64, entriesKept: Int
    ) throws {
        self.entriesKept = entriesKept
        self.node = node
        self.world = world
        self.clock = clock
        life = node.life
        let recovered = try node.disk.recovered()
        raft = Raft(
            id: node.id, settings: world.settings.raft, recovered: recovered, seed: seed,
            now: clock.reading(at: world.now))
        log = ShadowLog(node.disk.record.log)
        shadow = log
        compacted = node.disk.compacted
        state = node.disk.state
        applyThrough = state.applied
        commitSeen = state.applied
        appliedSeen = state.applied
        configurationSeen = raft.configurationIndex
        termSeen = raft.currentTerm
    }

    func add(_ input: Input) { inputs.append(input) }

    /// Comes before everything that waits.
    func addFirst(_ input: Input) { inputs.insert(input, at: 0) }

    // MARK: Turns

    /// Steps what waits, ends the turn and carries the effects out.
    func turn() {
        let now = clock.reading(at: world.now)
        var due: [Input] = []
        swap(&due, &inputs)
        for input in due { step(input, now) }
        if let since = owesSince, world.now - since >= world.settings.replica.logStallNanoseconds {
            if !isStalled { world.coverage.count(.stalledDisk) }
            isStalled = true
            stalledAsLeader = role == .leader
            step(.logStalled, now)
        }
        step(.turnEnded, now)
        carryOut()
        evict(now)
        setTimer()
    }

    /// Applied entries leave the memory.
    private func evict(_ now: Instant) {
        let first = LogIndex(state.applied.next.rawValue - min(state.applied.next.rawValue, UInt64(entriesKept)))
        if first > raft.firstIndexInMemory { step(.evicted(before: first), now) }
    }

    private func step(_ input: Input, _ now: Instant) {
        switch input {
        case .event(let event): step(event, now)
        case .message(let message, let entries): step(.receive(message), now, entries)
        case .snapshot(let snapshot):
            // In case that the core wants it.
            offered.append(snapshot)
            step(.receive(snapshot.message), now)
        case .read(let request, let entries):
            if !entries.isEmpty { atHand.append((request, entries)) }
            let bytes = entries.reduce(0) { $0 + $1.encodedBytes }
            step(.entriesRead(request, count: entries.count, bytes: bytes), now)
        case .propose(let numbers):
            guard raft.canPropose else { return }
            var id = raft.lastLogID
            let entries = numbers.map { number in
                id = LogID(index: id.index.next, term: raft.currentTerm)
                proposals.append(id)
                return Entry(put: number, at: id)
            }
            step(.propose(sizes: entries.map { UInt32($0.encodedBytes) }), now, entries)
        case .serve(let floor):
            lastRead += 1
            reads.append((ReadID(lastRead), floor))
            step(.readIndex(ReadID(lastRead)), now)
        }
    }

    /// Steps one event; `entries` are those that it brings.
    private func step(_ event: Event, _ now: Instant, _ entries: [Entry] = []) {
        raft.step(event, now: now, into: &effects)
        if let index = effects.truncateFrom {
            log.truncate(from: index)
            truncatedFrom = min(truncatedFrom ?? index, index)
            changedFrom = min(changedFrom ?? index, index)
        }
        if let range = effects.appended {
            changedFrom = min(changedFrom ?? range.lower, range.lower)
            for index in range.lower.rawValue..<range.upper.rawValue {
                let index = LogIndex(index)
                guard let entry = effects.entry(at: index) ?? entries.first(where: { $0.id.index == index }) else {
                    preconditionFailure("\(id) appends \(index), which nobody brought")
                }
                log.append(entry)
            }
        }
        if case .appended? = effects.configurationOutcome {
            world.coverage.count(.changeOfMembers)
            world.noteFault()
        }
        effects.configurationOutcome = nil
        effects.removeStepChanges()
    }

    /// Whether the next effect still happens.
    private func mayAct() -> Bool {
        guard let left = effectsLeft else { return !isDead }
        effectsLeft = left - 1
        if left <= 0 { isDead = true }
        return !isDead
    }

    private func carryOut() {
        submitJob()
        for message in effects.messages { send(message) }
        for message in effects.messagesAfterFlush {
            if reportedJobs >= submittedJobs || world.settings.raft.has(.sendsBeforeSync) {
                send(message)
            } else {
                held.append((submittedJobs, message))
            }
        }
        for request in effects.logReads where mayAct() { world.didAskForLog(request, self) }
        for read in atHand { world.coverage.count(read.entries.isEmpty ? .fromDisk : .staleRead) }
        atHand.removeAll()
        if effects.configurationChanged, mayAct() { linkMembers() }
        if let index = effects.applyThrough, mayAct() {
            applyThrough = index
            world.scheduleApply(self)
        }
        if effects.leadershipLost { proposals.removeAll { $0.index > applyThrough } }
        for read in effects.readsReady where mayAct() { serve(read) }
        for id in effects.readsFailed { reads.removeAll { $0.id == id } }
        for follower in effects.snapshotsToSend where mayAct() { sendSnapshot(to: follower) }
        if let request = effects.snapshotToInstall, mayAct() {
            installing = offered.first { $0.request == request }
            world.scheduleInstallation(self)
        }
        for loss in effects.dataLosses where mayAct() {
            world.referee.didReport(loss, by: self, coverage: &world.coverage)
        }
        offered.removeAll()
        effects.removeAll()
    }

    private func submitJob() {
        defer { (truncatedFrom, changedFrom) = (nil, nil) }
        guard changedFrom != nil || effects.hardState != nil, mayAct() else { return }
        submittedJobs += 1
        let job = LogJob(
            sequence: submittedJobs, truncateFrom: truncatedFrom,
            entries: changedFrom.map { log.entries(in: LogRange($0, max($0, log.last.index.next))) } ?? [],
            hardState: effects.hardState,
            notice: FlushNotice(epoch: raft.logEpoch, lastLogID: raft.lastLogID, hardState: raft.hardState))
        world.didSubmit(job, self)
    }

    // MARK: Messages

    private func send(_ message: Message) {
        guard mayAct() else { return }
        var entries: [Entry] = []
        if case .appendEntriesRequest(let request) = message.body, !request.range.isEmpty {
            precondition(request.range.lower > compacted.index, "\(id) sends \(request.range), which has left its log")
            entries =
                request.range.lower >= raft.firstIndexInMemory
                ? log.entries(in: request.range) : takeRead(for: message.to, request.range)
        }
        world.send(.raft(message, entries: entries), from: self, to: message.to)
    }

    /// The entries that a read has brought in this turn.
    private func takeRead(for follower: NodeID, _ range: LogRange) -> [Entry] {
        for place in atHand.indices
        where atHand[place].request.follower == follower && atHand[place].entries.first?.id.index == range.lower
            && atHand[place].entries.count == range.count
        {
            defer { atHand[place].entries = [] }
            return atHand[place].entries
        }
        preconditionFailure("\(id) sends \(range) to \(follower), which is neither in memory nor at hand")
    }

    func receive(_ message: PeerMessage, from peer: NodeID) -> PeerRefusal? {
        guard case .raft(let message, let entries) = message else { return nil }
        if let refusal = raft.refusal(of: message) { return .core(refusal) }
        add(.message(message, entries: entries))
        return nil
    }

    func linkOpened(to peer: NodeID) {}

    func peerUnreachable(_ peer: NodeID) {
        add(.event(.peerUnreachable(peer)))
        world.wake(node.number, life: life)
    }

    func linkMembers() {
        let peers = raft.configuration.members.compactMap { world.number(of: $0.id) }
        world.keepLinks(from: node.number, to: peers.filter { $0 != node.number })
    }

    private func sendSnapshot(to follower: NodeID) {
        guard raft.role == .leader, let configuration = raft.configuration(at: state.applied),
            let term = log.term(at: state.applied), let to = world.number(of: follower)
        else { return }
        var last = LogID(index: state.applied, term: term)
        if world.settings.raft.has(.stampsSnapshotWithTerm) { last.term = raft.currentTerm }
        let request = InstallSnapshotRequest(lastIncluded: last, configuration: configuration)
        world.send(
            Snapshot(
                message: Message(
                    from: id, to: follower, term: raft.currentTerm, body: .installSnapshotRequest(request)),
                request: request, from: node.number, to: to, life: life,
                session: world.network.session(from: node.number, to: to), state: state))
    }

    // MARK: Log jobs

    /// Tells the core that jobs are durable, and sends what waited for them.
    func report(_ jobs: [LogJob]) {
        guard let last = jobs.last else { return }
        for job in jobs { add(.event(.flushed(job.notice))) }
        reportedJobs = last.sequence
        turn()
        while let first = held.first, first.job <= reportedJobs {
            held.removeFirst()
            send(first.message)
        }
    }

    // MARK: State machine

    /// Applies some entries of those that may be applied.
    func apply(count: Int) {
        var left = count
        while left > 0, state.applied < applyThrough {
            let index = state.applied.next
            precondition(index > compacted.index, "\(id) applies \(index), which has left its log")
            let entry = log.entries[Int(index.rawValue) - 1]
            state.apply(entry) { _ in }
            if proposals.first == entry.id {
                proposals.removeFirst()
                world.writesServed += 1
            }
            left -= 1
        }
        add(.event(.applied(state.applied)))
    }

    private func serve(_ read: ReadyRead) {
        guard let place = reads.firstIndex(where: { $0.id == read.id }) else {
            return world.referee.breach("\(id) serves read \(read.id) once more")
        }
        world.referee.judge(read, askedAfter: reads[place].floor, by: self)
        reads.remove(at: place)
        world.readsServed += 1
    }

    /// The log is dropped through `id`: the core learns it in the next turn.
    func compact(through id: LogID) {
        compacted = id
        addFirst(.event(.compacted(through: id)))
    }

    /// A snapshot is durable and takes the place of log and state.
    func replace(by snapshot: Snapshot, standingFor entries: [Entry]) {
        log = ShadowLog(entries)
        shadow = log
        compacted = snapshot.request.lastIncluded
        state = snapshot.state
        applyThrough = state.applied
        proposals.removeAll()
        appliedSeen = state.applied
    }

    // MARK: Timer

    func timerRanOut() {
        timerSet = nil
        add(.event(.timeElapsed))
    }

    private func setTimer() {
        guard let deadline = raft.nextDeadline, deadline != timerSet else { return }
        timerSet = deadline
        timerSetting += 1
        world.schedule(
            .timer(node: node.number, life: life, setting: timerSetting),
            at: clock.time(of: deadline, now: world.now))
    }
}
