internal import DequeModule
internal import NIOCore

/// One event loop of the generator with its share of the connections, of the schedule and of the measurement.
///
/// The thread that runs the plan starts each phase; the loop carries it out by itself and posts the outcome on the
/// `RunBoard`. Everything here is confined to the event loop.
final class LoadLoop {
    enum Phase { case idle, opening, filling, loading, draining, readingBack, stopped }

    /// When the loop has something to do although no socket has.
    private struct WakeUps {
        var scheduled: NIOScheduledCallback?
        var sweep: UInt64 = 0
        var inFlightReport: UInt64 = 0
    }

    /// Initial capacity of the buffer of outgoing requests; a batch of small ones fits.
    static let outputBytes = 16 << 10

    let setup: RunSetup
    let number: Int
    let eventLoop: any EventLoop
    let writer: RequestWriter
    let reader: AnswerReader
    var source: WorkloadSource
    var connections: [LoadConnection] = []
    var phase = Phase.idle

    /// The clock, read once per loop pass; every request of the pass begins or ends then.
    private(set) var now: UInt64
    /// Requests written for the connection that is being served.
    var output = ByteBuffer()
    /// The puts of the batch that is being written.
    var batch: [BatchItem] = []

    // MARK: Load
    var measureStart: UInt64 = .max
    /// Nothing is sent from here on; `.max` if the plan counts requests instead.
    var measureEnd: UInt64 = .max
    /// Measured requests that may still be sent.
    var quota: Int = .max
    var schedule: Schedule?
    /// Places for requests on open connections.
    var freePlaces = 0
    var freeConnections: Deque<LoadConnection> = []
    var sendingEnd: UInt64 = 0
    /// Whether there were requests in flight when the last one was sent.
    var leavesAnswersOpen = false
    var lastAnswer: UInt64 = 0
    var drainDeadline: UInt64 = .max
    /// When the load begins; nil once it has begun. Nothing is sent before.
    var pendingStart: UInt64?
    var cpu = CPUMeter()
    var isStalled = false
    var refusals = RefusalWatch()

    var measurements: Measurements
    var stalls: StallWatch
    var gaps: SuccessGaps
    var seconds: SecondClock
    var tally = IntervalTally()

    // MARK: Other phases
    var fillsByBatch: Bool
    var fillBatchItems: Int
    var lastSuccess: UInt64 = 0
    var lastFailure: FailureReason?
    var firstOutcomes = 0
    var openedCount = 0
    var readBackTally = ReadBackTally()

    private var wakeUps = WakeUps()
    private var leaderWatch: LeaderWatch?

    /// `number` counts the loops from 0. Connections are assigned to loops and endpoints in rotation.
    init(setup: RunSetup, number: Int, eventLoop: any EventLoop) {
        self.setup = setup
        self.number = number
        self.eventLoop = eventLoop
        let plan = setup.plan
        writer = RequestWriter(plan: plan, pool: setup.pool)
        reader = AnswerReader(target: plan.target)
        source = WorkloadSource(plan: plan, loop: number, keys: setup.picker)
        measurements = Measurements(plan: plan)
        now = MonotonicClock.now()
        stalls = StallWatch(start: now, cpu: 0)
        gaps = SuccessGaps(start: now)
        seconds = SecondClock(origin: now)
        fillsByBatch = plan.target == .skiff
        let valueBytes = max(plan.valueSize.largest, 1)
        fillBatchItems = min(EngineLimits.fillBatchItemsMax, max(1, EngineLimits.fillBatchBytesMax / valueBytes))
        if number == 0, setup.followsLeader { leaderWatch = LeaderWatch(setup: setup, eventLoop: eventLoop) }
    }

    /// Whether requests sent and answers received now belong to the measurement.
    var isMeasuring: Bool { (phase == .loading || phase == .draining) && now >= measureStart }

    func refreshClock() {
        now = MonotonicClock.now()
        // Before any answer that has arrived takes a place or gives one back.
        if phase == .loading, freePlaces > 0 { schedule?.noteFree(now) }
        if now >= seconds.nextBoundary { crossSecond() }
    }

    private func crossSecond() {
        let ended = seconds.current
        seconds.advance(to: now)
        setup.board.report(
            loop: number, second: ended, tally: tally, through: seconds.current - 1, inFlight: inFlightCount)
        tally.clear()
        if phase == .loading, now >= measureStart { cpu.start(now) }
    }

    var inFlightCount: Int { connections.reduce(0) { $0 + $1.inFlight.count } }

    // MARK: Opening

    /// Opens the connections of this loop and starts its clock. Call first.
    func start() {
        phase = .opening
        let plan = setup.plan
        for index in stride(from: number, to: plan.connections, by: setup.loopCount) {
            let endpoint = index % plan.endpoints.count
            connections.append(LoadConnection(index: index, loop: self, endpoint: endpoint))
        }
        connections.forEach { $0.open() }
        scheduleWakeUp()
    }

    func connectionOpened(_ connection: LoadConnection, isFirstTime: Bool) {
        refreshClock()
        openedCount += isFirstTime ? 1 : 0
        switch phase {
        case .opening:
            noteFirstOutcome(of: connection)
        case .loading:
            // Until now, what was due had to wait.
            if freePlaces == 0 { schedule?.noteFull(now) }
            freePlaces += setup.plan.pipeline
            connection.isCounted = true
            serve(connection)
        case .filling, .readingBack:
            connection.refill()
        case .idle, .draining, .stopped:
            break
        }
    }

    func connectingFailed(_ connection: LoadConnection, _ reason: FailureReason) {
        refreshClock()
        lastFailure = reason
        if phase == .opening || isMeasuring { measurements.countFailedConnect(reason, endpoint: connection.endpoint) }
        if isMeasuring { tally.failedConnects += 1 }
        if phase == .opening { noteFirstOutcome(of: connection) }
    }

    /// The phase ends when every connection was opened or has failed once; a failed connection keeps trying.
    private func noteFirstOutcome(of connection: LoadConnection) {
        guard !connection.hasOutcome else { return }
        connection.hasOutcome = true
        firstOutcomes += 1
        guard firstOutcomes == connections.count else { return }
        phase = .idle
        finish(
            .opened(
                connections: openedCount, lastFailure: lastFailure, failedConnects: measurements.failedConnects))
    }

    // MARK: Time

    /// At the next sweep, at the start of the load, or at the next start of the schedule, whichever comes first; the
    /// schedule wakes it not more often than every step. Takes the place of a wake-up that was scheduled before.
    func scheduleWakeUp() {
        guard phase != .stopped else { return }
        var wake = max(wakeUps.sweep, now + 1)
        if phase == .loading {
            if let pendingStart { wake = min(wake, max(pendingStart, now + 1)) }
            if let schedule { wake = min(wake, max(schedule.nextStart, now + EngineLimits.paceStep)) }
        }
        let delay = TimeAmount.nanoseconds(Int64(wake - now))
        // The event loop's clock is monotonic too, but its origin is unspecified.
        do {
            wakeUps.scheduled?.cancel()
            wakeUps.scheduled = try eventLoop.assumeIsolated().scheduleCallback(in: delay, handler: self)
        } catch {
            preconditionFailure("an event loop ended before the run that uses it: \(error)")
        }
    }

    private func sweep() {
        noteStall()
        wakeUps.sweep = now + EngineLimits.sweepInterval
        dropOverdue()
        leaderWatch?.look(now)
        if setup.followsLeader, let leader = setup.control.leader {
            for connection in connections where connection.endpoint != leader { connection.moveToLeader() }
        }
        switch phase {
        case .loading: checkLoadEnd()
        case .draining: checkDrainDeadline()
        case .filling: checkFilling()
        case .readingBack: checkReadBack()
        case .idle, .opening, .stopped: break
        }
        workMayBeDone()
        if now >= wakeUps.inFlightReport {
            wakeUps.inFlightReport = now + 1_000_000_000
            setup.board.update(loop: number, inFlight: inFlightCount)
        }
    }

    /// Notes how long the sweep that is due was delayed.
    func noteStall() {
        guard phase == .loading || phase == .draining else { return }
        stalls.note(due: wakeUps.sweep, now: now, cpu: MonotonicClock.threadCPU())
    }

    private func dropOverdue() {
        guard now > setup.timeout else { return }
        let bound = now - setup.timeout
        for connection in connections {
            if let first = connection.inFlight.first, first.sent < bound { connection.drop(.timeout) }
        }
    }

    // MARK: Phases

    /// Ends the phase for this loop.
    func finish(_ outcome: RunBoard.Outcome) {
        let second = phase == .idle ? nil : Optional(seconds.current)
        phase = .idle
        setup.board.finish(loop: number, second: second, tally: tally, outcome)
        tally.clear()
        seconds.stop()
    }

    /// Called whenever an event may have been the last of a phase.
    func workMayBeDone() {
        switch phase {
        case .filling: if fillingIsDone { finish(.filled) }
        case .draining: if connections.allSatisfy({ $0.inFlight.count == 0 }) { finishLoad() }
        case .readingBack: if readBackIsDone { finishReadBack() }
        case .idle, .opening, .loading, .stopped: break
        }
    }

    /// Writes the next request of the phase for this connection to `output`. False if there is none now.
    func issueNext(on connection: LoadConnection) -> Bool {
        switch phase {
        case .loading: issueLoad(on: connection)
        case .filling: issueFill(on: connection)
        case .readingBack: issueReadBack(on: connection)
        case .idle, .opening, .draining, .stopped: false
        }
    }

    /// Takes the outcome of a request that is not the first step of two.
    func settle(
        _ connection: LoadConnection, _ entry: InFlight, _ batchKeys: [UInt64], _ verdict: Verdict,
        _ response: borrowing ResponseParser = ResponseParser()
    ) {
        switch entry.purpose {
        case .load, .warmUp: settleLoad(connection, entry, batchKeys, verdict)
        case .fill: settleFill(connection, entry, verdict)
        case .readBack: settleReadBack(connection, entry, verdict, response.body)
        }
    }

    func needsBody(_ entry: InFlight) -> Bool {
        entry.purpose == .readBack || reader.needsBody(entry.wireRequest)
    }

    /// Closes everything. Call last.
    func stop() {
        phase = .stopped
        connections.forEach { $0.stop() }
        connections = []
        freeConnections = []
    }
}

extension LoadLoop: NIOScheduledCallbackHandler {
    func handleScheduledCallback(eventLoop: some EventLoop) {
        wakeUps.scheduled = nil
        guard phase != .stopped else { return }
        refreshClock()
        if phase == .loading {
            beginLoadIfDue()
            sendDue()
        }
        if now >= wakeUps.sweep { sweep() }
        scheduleWakeUp()
    }
}
