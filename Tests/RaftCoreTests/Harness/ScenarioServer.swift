internal import RaftCore

/// One server of a scenario: a core, and around it the work of the hot path in its simplest faithful form. Log jobs are
/// written in order, become durable when the scenario says so, and are lost in a crash until then.
final class ScenarioServer {
    /// The state that survives a crash.
    struct Disk {
        var hardState = HardState()
        /// As of the compaction point of `log`.
        var configuration = Configuration()
        var log = EntryStore()
        /// Older than the state machine in memory.
        var machine = Machine()
    }

    private struct Job {
        var sequence: UInt64
        var truncateFrom: LogIndex?
        var entries: [LogEntry]
        var hardState: HardState?
        var notice: FlushNotice
    }

    enum Input {
        case event(Event)
        case deliver(Envelope)
        case propose([UInt64])
    }

    let id: NodeID
    private let settings: RaftSettings
    private(set) var raft: Raft
    private(set) var disk: Disk
    private(set) var log: EntryStore
    private(set) var machine: Machine
    private(set) var isRunning = true

    /// Messages to be taken by the network.
    var outbox: [Envelope] = []
    /// Followers to which a snapshot has to be sent.
    var snapshotsToSend: [NodeID] = []
    private(set) var pendingInstall: Envelope?
    var readsReady: [ReadyRead] = []
    var readsFailed: [ReadID] = []
    private(set) var configurationOutcome: ConfigurationOutcome?
    /// Not looked at yet.
    var dataLosses: [DataLoss] = []
    /// Where the last turn cut off the log, if it did.
    private(set) var truncatedFrom: LogIndex?

    /// The snapshots that arrived in the turn under way.
    private var offered: [Envelope] = []
    private var jobs: [Job] = []
    private var notices: [(job: UInt64, notice: FlushNotice)] = []
    private var deferred: [(job: UInt64, envelope: Envelope)] = []
    private var submittedJobs: UInt64 = 0
    private var noticedJobs: UInt64 = 0
    private var unreportedApply: LogIndex?

    init(id: NodeID, settings: RaftSettings, disk: Disk, seed: UInt64, now: Instant) {
        self.id = id
        self.settings = settings
        self.disk = disk
        self.log = disk.log
        self.machine = disk.machine
        self.raft = ScenarioServer.recover(id, settings, disk, seed, now)
    }

    private static func recover(
        _ id: NodeID, _ settings: RaftSettings, _ disk: Disk, _ seed: UInt64, _ now: Instant
    ) -> Raft {
        var recovered = Raft.Recovered(compacted: disk.log.compacted)
        recovered.hardState = disk.hardState
        recovered.applied = disk.machine.applied.index
        for entry in disk.log.entries { recovered.append(entry.id, size: entry.size) }
        recovered.configuration = disk.configuration
        recovered.configurations = disk.log.entries.configurations
        return Raft(id: id, settings: settings, recovered: recovered, seed: seed, now: now)
    }

    // MARK: Turns

    /// Steps the inputs, ends the turn and carries the effects out.
    func turn(_ inputs: [Input], now: Instant) {
        var effects = Effects()
        var truncateFrom: LogIndex?
        var dirtyFrom: LogIndex?
        func step(_ event: Event, content: (LogIndex) -> LogEntry?) {
            let before = raft.currentTerm
            raft.step(event, now: now, into: &effects)
            precondition(raft.currentTerm >= before, "the term of \(id) went back")
            if let from = effects.truncateFrom {
                log.truncate(from: from)
                truncateFrom = min(truncateFrom ?? from, from)
                dirtyFrom = min(dirtyFrom ?? from, from)
            }
            if let range = effects.appended {
                dirtyFrom = min(dirtyFrom ?? range.lower, range.lower)
                for index in range.lower.rawValue..<range.upper.rawValue {
                    let index = LogIndex(index)
                    // The core appends only what is in its input or what it generated.
                    log.entries.append(effects.generatedEntry(at: index) ?? content(index)!)
                    precondition(log.last.index == index, "\(id) appended \(index) out of order")
                }
            }
            effects.removeStepChanges()
        }
        if let applied = unreportedApply {
            unreportedApply = nil
            step(.applied(applied)) { _ in nil }
        }
        for input in inputs {
            switch input {
            case .event(let event):
                step(event) { _ in nil }
            case .deliver(let envelope):
                let message = envelope.described
                if let refusal = raft.refusal(of: message) {
                    preconditionFailure("\(id) refuses a message of a correct server: \(refusal)")
                }
                offer(envelope)
                step(.receive(message)) { index in envelope.entries.first { $0.id.index == index } }
            case .propose(let values):
                let first = raft.lastLogID.index.next
                let term = raft.currentTerm
                let entries = values.enumerated().map { offset, value in
                    let index = LogIndex(first.rawValue + UInt64(offset))
                    return LogEntry(id: LogID(index: index, term: term), content: .command(value))
                }
                step(.propose(sizes: entries.map(\.size))) { index in entries.first { $0.id.index == index } }
            }
        }
        step(.turnEnded) { _ in nil }
        while !effects.logReads.isEmpty {
            let requests = effects.logReads
            effects.logReads.removeAll()
            for request in requests {
                let sizes = log.sizes(in: request.range, bytesMax: request.bytesMax)
                step(.entriesRead(request, count: sizes.count, bytes: sizes.reduce(0, +))) { _ in nil }
            }
            step(.turnEnded) { _ in nil }
        }
        precondition(
            log.last == raft.lastLogID, "the log of \(id) ends at \(log.last), its core's at \(raft.lastLogID)")
        carryOut(effects, truncateFrom: truncateFrom, dirtyFrom: dirtyFrom)
    }

    /// Keeps the state machine that travels with an InstallSnapshotRequest, in case the core wants it.
    private func offer(_ envelope: Envelope) {
        if envelope.machine != nil { offered.append(envelope) }
    }

    private func carryOut(_ effects: Effects, truncateFrom: LogIndex?, dirtyFrom: LogIndex?) {
        if dirtyFrom != nil || effects.hardState != nil {
            submittedJobs += 1
            jobs.append(
                Job(
                    sequence: submittedJobs, truncateFrom: truncateFrom,
                    entries: dirtyFrom.map { log.suffix(from: $0) } ?? [], hardState: effects.hardState,
                    notice: FlushNotice(
                        epoch: raft.logEpoch, lastLogID: raft.lastLogID, hardState: raft.hardState)))
        }
        for message in effects.messages { outbox.append(envelope(for: message)) }
        for message in effects.messagesAfterFlush {
            if noticedJobs >= submittedJobs {
                outbox.append(envelope(for: message))
            } else {
                deferred.append((submittedJobs, envelope(for: message)))
            }
        }
        if let through = effects.applyThrough {
            while machine.applied.index < through {
                let index = machine.applied.index.next
                precondition(
                    disk.log.term(at: index) == log.term(at: index), "\(id) applies \(index) before it is durable")
                // The log holds everything above the state machine.
                machine.apply(log.entry(at: index)!)
            }
            unreportedApply = through
        }
        readsReady += effects.readsReady
        readsFailed += effects.readsFailed
        snapshotsToSend += effects.snapshotsToSend
        if let request = effects.snapshotToInstall {
            pendingInstall = offered.first { $0.message.body == .installSnapshotRequest(request) }
        }
        offered.removeAll()
        dataLosses += effects.dataLosses
        truncatedFrom = truncateFrom
        configurationOutcome = effects.configurationOutcome
    }

    private func envelope(for message: Message) -> Envelope {
        guard case .appendEntriesRequest(let request) = message.body else { return Envelope(message: message) }
        return Envelope(message: message, entries: log.slice(request.range))
    }

    // MARK: Disk

    var unwrittenJobs: Int { jobs.count }

    /// Makes the oldest `count` jobs durable; the core learns it from `reportFlush`.
    func write(jobs count: Int = .max) {
        for _ in 0..<min(count, jobs.count) {
            let job = jobs.removeFirst()
            persist(job)
            notices.append((job.sequence, job.notice))
        }
    }

    private func persist(_ job: Job) {
        if let from = job.truncateFrom, from <= disk.log.last.index { disk.log.truncate(from: from) }
        for entry in job.entries where entry.id.index > disk.log.last.index { disk.log.entries.append(entry) }
        if let hardState = job.hardState { disk.hardState = hardState }
    }

    /// Reports the written jobs to the core, and sends the messages that waited for them.
    func reportFlush(now: Instant) {
        let due = notices
        notices.removeAll()
        noticedJobs = due.last?.job ?? noticedJobs
        turn(due.map { .event(.flushed($0.notice)) }, now: now)
        while let first = deferred.first, first.job <= noticedJobs {
            outbox.append(first.envelope)
            deferred.removeFirst()
        }
    }

    /// Makes the state machine durable as it is.
    func persistMachine() { disk.machine = machine }

    /// Drops the log through `index`. Precondition: not beyond the durable state machine.
    func compact(through index: LogIndex, now: Instant) {
        precondition(index <= disk.machine.applied.index, "\(id) compacts through \(index), ahead of its state machine")
        guard index > log.compacted.index, let configuration = raft.configuration(at: index) else { return }
        disk.configuration = configuration
        disk.log.compact(through: index)
        log.compact(through: index)
        turn([.event(.compacted(through: log.compacted))], now: now)
    }

    // MARK: Snapshots

    /// A snapshot of the state machine, addressed to `follower`.
    func snapshot(for follower: NodeID) -> Envelope? {
        guard raft.role == .leader, let configuration = raft.configuration(at: machine.applied.index) else {
            return nil
        }
        let request = InstallSnapshotRequest(lastIncluded: machine.applied, configuration: configuration)
        let message = Message(from: id, to: follower, term: raft.currentTerm, body: .installSnapshotRequest(request))
        return Envelope(message: message, machine: machine)
    }

    /// Completes the installation under way.
    func install(succeeds: Bool, now: Instant) {
        guard let envelope = pendingInstall, case .installSnapshotRequest(let request) = envelope.message.body,
            let machine = envelope.machine
        else { return }
        pendingInstall = nil
        if succeeds {
            write()
            disk.log = EntryStore(compacted: request.lastIncluded)
            disk.configuration = request.configuration
            disk.machine = machine
            log = disk.log
            self.machine = machine
            unreportedApply = nil
        }
        let event = Event.snapshotInstalled(
            lastIncluded: request.lastIncluded, configuration: request.configuration, succeeded: succeeds)
        turn([.event(event)], now: now)
    }

    // MARK: Crashes

    /// Stops at once.
    func crash() {
        isRunning = false
        jobs.removeAll()
        notices.removeAll()
        deferred.removeAll()
        outbox.removeAll()
        snapshotsToSend.removeAll()
        readsReady.removeAll()
        readsFailed.removeAll()
        pendingInstall = nil
        offered.removeAll()
        unreportedApply = nil
        submittedJobs = 0
        noticedJobs = 0
    }

    /// The directory is replaced by an older copy of itself, whose log ended at `index`. Term and vote are as they
    /// were. Preconditions: it is down, and nothing was compacted.
    func rollBack(through index: LogIndex) {
        precondition(!isRunning && disk.log.compacted == .zero, "\(id) cannot go back")
        if index < disk.log.last.index { disk.log.truncate(from: index.next) }
        var machine = Machine()
        for entry in disk.log.entries where entry.id.index <= disk.machine.applied.index { machine.apply(entry) }
        disk.machine = machine
    }

    func restart(seed: UInt64, now: Instant) {
        precondition(!isRunning, "\(id) is running")
        isRunning = true
        log = disk.log
        machine = disk.machine
        raft = ScenarioServer.recover(id, settings, disk, seed, now)
    }
}

extension Effects {
    func generatedEntry(at index: LogIndex) -> LogEntry? {
        for entry in generated where entry.id.index == index {
            switch entry.content {
            case .noop: return LogEntry(id: entry.id, content: .noop)
            case .configuration(let configuration):
                return LogEntry(id: entry.id, content: .configuration(configuration))
            }
        }
        return nil
    }
}
