internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix

/// Leads one run through its phases, on the thread that called for the run, while the event loops do the work.
final class LoadDirector {
    private let setup: RunSetup
    private let onProgress: (@Sendable (LoadProgress) -> Void)?
    private let loops: [(eventLoop: any EventLoop, state: NIOLoopBoundBox<LoadLoop>)]
    private let group: MultiThreadedEventLoopGroup
    private var intervals: [IntervalResult] = []
    /// Keys filled, or requests measured.
    private var doneCount: UInt64 = 0
    /// Failed requests and attempts to connect, as far as they count.
    private var errorCount: UInt64 = 0

    init(
        setup: RunSetup, group: MultiThreadedEventLoopGroup, onProgress: (@Sendable (LoadProgress) -> Void)?
    ) {
        self.setup = setup
        self.group = group
        self.onProgress = onProgress
        loops = group.makeIterator().enumerated().map { number, eventLoop in
            let loop = LoadLoop(setup: setup, number: number, eventLoop: eventLoop)
            return (eventLoop, NIOLoopBoundBox.makeBoxSendingValue(loop, as: LoadLoop.self, eventLoop: eventLoop))
        }
    }

    func run() throws(LoadError) -> LoadResult {
        try findEndpoints()
        defer { stop() }
        try open()
        if setup.plan.fillsFirst, !setup.control.isInterrupted { try fill() }
        let load = measure()
        if let refusal = setup.control.refusal { throw refusal }
        let wasInterrupted = setup.control.isInterrupted
        let verification = setup.plan.verifies && !wasInterrupted ? readBack() : nil
        return ResultAssembly(
            plan: setup.plan, times: load.times, startedAt: load.startedAt, loops: load.results,
            processorCount: System.coreCount
        ).result(
            intervals: intervals, verification: verification,
            wasInterrupted: wasInterrupted || setup.control.isInterrupted)
    }

    private func stop() {
        for (eventLoop, state) in loops { eventLoop.execute { state.value.stop() } }
    }

    // MARK: Endpoints

    /// Checks that an endpoint answers, and finds the leader if the plan needs it.
    private func findEndpoints() throws(LoadError) {
        let unreachable = setup.plan.endpoints.enumerated().compactMap { index, endpoint -> String? in
            let eventLoop = loops[index % loops.count].eventLoop
            let failure = wait(EndpointProbe.reach(endpoint, on: eventLoop, timeout: setup.timeout))
            return failure.map { "\(endpoint): \($0.text)" }
        }
        if unreachable.count == setup.plan.endpoints.count {
            let what = unreachable.count > 1 ? "no endpoint can be reached:" : "cannot reach"
            throw LoadError("\(what) \(unreachable.joined(separator: ", "))", .unavailable)
        }
        if setup.followsLeader { try findLeader() }
    }

    /// Waits long enough for an election to end.
    private func findLeader() throws(LoadError) {
        let deadline = MonotonicClock.now() + EngineLimits.firstLeaderWait
        repeat {
            let findings = setup.plan.endpoints.map { endpoint in
                EndpointProbe.ask(
                    endpoint, target: setup.plan.target, on: loops[0].eventLoop, timeout: setup.timeout)
            }.map(wait)
            if let leader = EndpointProbe.leader(among: findings) {
                setup.control.leader = leader
                return
            }
            wait(loops[0].eventLoop.scheduleTask(in: .milliseconds(200)) {}.futureResult)
        } while MonotonicClock.now() < deadline && !setup.control.isInterrupted
        throw LoadError(
            "no endpoint says that it is the leader; name all nodes, or spread the load round-robin", .unavailable)
    }

    /// Waits for a future that never fails.
    private func wait<Value: Sendable>(_ future: EventLoopFuture<Value>) -> Value {
        do {
            return try future.wait()
        } catch {
            preconditionFailure("an event loop of the generator ended too early: \(error)")
        }
    }

    // MARK: Phases

    /// Starts a phase on every loop and waits until all have finished it.
    private func perform(
        _ start: @escaping @Sendable (LoadLoop) -> Void, onNews: (RunBoard.News) -> Void
    ) -> [RunBoard.Outcome] {
        setup.board.beginPhase()
        for (eventLoop, state) in loops { eventLoop.execute { start(state.value) } }
        while true {
            let news = setup.board.wait()
            onNews(news)
            if let outcomes = news.outcomes { return outcomes }
        }
    }

    private func open() throws(LoadError) {
        let outcomes = perform({ $0.start() }, onNews: { _ in })
        var openedCount = 0
        var failure: FailureReason?
        for case .opened(let connections, let lastFailure, let failedConnects) in outcomes {
            openedCount += connections
            errorCount += failedConnects
            failure = failure ?? lastFailure
        }
        guard openedCount == 0 else { return }
        let reason = failure.map { ": \($0.text)" } ?? ""
        throw LoadError("no connection could be opened\(reason)", .unavailable)
    }

    private func fill() throws(LoadError) {
        let outcomes = perform({ $0.startFilling() }, onNews: { self.announce($0, .filling) })
        for case .failed(let error) in outcomes { throw error }
        doneCount = 0
    }

    private func readBack() -> VerificationResult {
        let outcomes = perform({ $0.startReadBack() }, onNews: { self.announce($0, .verifying) })
        var result = VerificationResult(
            keysChecked: 0, lost: 0, foreign: 0, unreadable: 0, inconclusive: 0, examples: [])
        for case .readBack(let tally) in outcomes {
            result.keysChecked += tally.checked
            result.lost += tally.lost
            result.foreign += tally.foreign
            result.unreadable += tally.unreadable
            result.inconclusive += tally.inconclusive
            result.examples += tally.examples
        }
        result.examples = Array(result.examples.prefix(EngineLimits.examplesMax))
        return result
    }

    private func measure() -> (times: LoadLoop.Times, startedAt: Double, results: [LoopResult]) {
        let start = MonotonicClock.now() + EngineLimits.startDelay
        let measureStart = start + setup.plan.warmup.nanoseconds
        var times = LoadLoop.Times(warmUpStart: start, measureStart: measureStart, measureEnd: nil)
        if case .after(let duration) = setup.plan.ending { times.measureEnd = measureStart + duration.nanoseconds }
        let startedAt = MonotonicClock.wallSeconds() + Double(measureStart - MonotonicClock.now()) / 1e9
        let outcomes = perform({ [times] in $0.load(times) }, onNews: { self.take($0, times) })
        let results = outcomes.compactMap { outcome -> LoopResult? in
            guard case .loaded(let result) = outcome else { return nil }
            return result
        }
        return (times, startedAt, results)
    }

    // MARK: News

    /// Keeps the seconds of the measurement and reports progress.
    private func take(_ news: RunBoard.News, _ times: LoadLoop.Times) {
        let warmUpSeconds = Double(times.measureStart - times.warmUpStart) / 1e9
        for (second, tally) in news.seconds {
            let interval = tally.result(endSecond: second + 1)
            if second >= 0 {
                intervals.append(interval)
                doneCount += tally.succeeded + tally.failed
                errorCount += tally.failed + tally.failedConnects
            }
            let elapsed = Double(second + 1) + (second < 0 ? warmUpSeconds : 0)
            // Before the first request there is no progress to report.
            guard elapsed > 0 else { continue }
            show(second < 0 ? .warmingUp : .measuring, elapsed, interval, news.inFlight)
        }
        let now = MonotonicClock.now()
        guard news.seconds.isEmpty, let end = times.measureEnd, now > end + EngineLimits.drainShownMin,
            news.outcomes == nil
        else { return }
        show(.draining, Double(now - end) / 1e9, IntervalTally.emptyResult, news.inFlight)
    }

    private func announce(_ news: RunBoard.News, _ phase: LoadProgress.Phase) {
        for (second, tally) in news.seconds {
            if phase == .filling { doneCount += tally.succeeded }
            show(phase, Double(second + 1), tally.result(endSecond: second + 1), news.inFlight)
        }
    }

    private func show(
        _ phase: LoadProgress.Phase, _ elapsed: Double, _ interval: IntervalResult, _ inFlight: Int
    ) {
        onProgress?(
            LoadProgress(
                phase: phase, elapsedSeconds: elapsed, extent: extent(of: phase), interval: interval,
                errors: errorCount, inFlight: inFlight))
    }

    private func extent(of phase: LoadProgress.Phase) -> LoadProgress.Extent? {
        switch (phase, setup.plan.ending) {
        case (.filling, _): .count(done: doneCount, of: UInt64(setup.plan.keyCount))
        case (.warmingUp, _): .seconds(setup.plan.warmup.seconds)
        case (.measuring, .after(let duration)): .seconds(duration.seconds)
        case (.measuring, .afterRequests(let count)): .count(done: doneCount, of: UInt64(count))
        case (.draining, _), (.verifying, _): nil
        }
    }
}
