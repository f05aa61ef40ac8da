internal import NIOConcurrencyHelpers

/// Where the event loops post their results for the thread that runs the plan: the tally of each second, and the
/// outcome of each phase. Written once per second and loop.
final class RunBoard: Sendable {
    /// The result of one loop at the end of a phase.
    enum Outcome: Sendable {
        case opened(connections: Int, lastFailure: FailureReason?, failedConnects: UInt64)
        case filled
        case failed(LoadError)
        case loaded(LoopResult)
        case readBack(ReadBackTally)
    }

    fileprivate struct State {
        var phaseNumber = 0
        var tallies: [Int: IntervalTally] = [:]
        /// For each loop, the last second that it has reported; a loop that has finished reports no more.
        var reportedThrough: [Int]
        var inFlight: [Int]
        var outcomes: [Outcome?]
        /// The last second that was taken.
        var takenThrough = Int.min
        var firstSecond = Int.max
    }

    /// The results that were posted since the last look.
    struct News {
        var seconds: [(second: Int, tally: IntervalTally)]
        var inFlight: Int
        /// All of them, once every loop has finished.
        var outcomes: [Outcome]?
    }

    private let state: NIOLockedValueBox<State>
    /// True while the board has something new.
    private let signal = ConditionLock(value: false)

    init(loopCount: Int) {
        state = NIOLockedValueBox(
            State(
                reportedThrough: Array(repeating: .min, count: loopCount),
                inFlight: Array(repeating: 0, count: loopCount),
                outcomes: Array(repeating: nil, count: loopCount)))
    }

    /// Clears the board for the next phase. Precondition: no loop is working.
    func beginPhase() {
        state.withLockedValue { state in
            let count = state.outcomes.count
            state.tallies = [:]
            state.reportedThrough = Array(repeating: .min, count: count)
            state.outcomes = Array(repeating: nil, count: count)
            state.takenThrough = .min
            state.firstSecond = .max
        }
    }

    /// Posts the `tally` of `second`. The loop reports no more about seconds up to `through`.
    func report(loop: Int, second: Int, tally: IntervalTally, through: Int, inFlight: Int) {
        state.withLockedValue { state in
            state.add(tally, at: second)
            state.reportedThrough[loop] = through
            state.inFlight[loop] = inFlight
        }
        wake()
    }

    func update(loop: Int, inFlight: Int) { state.withLockedValue { $0.inFlight[loop] = inFlight } }

    func finish(loop: Int, second: Int?, tally: IntervalTally, _ outcome: Outcome) {
        state.withLockedValue { state in
            if let second { state.add(tally, at: second) }
            state.reportedThrough[loop] = .max
            state.outcomes[loop] = outcome
            state.inFlight[loop] = 0
        }
        wake()
    }

    private func wake() {
        signal.lock()
        signal.unlock(withValue: true)
    }

    /// Waits for news, for at most a second.
    func wait() -> News {
        if signal.lock(whenValue: true, timeoutSeconds: 1) { signal.unlock(withValue: false) }
        return state.withLockedValue { state in
            let through = state.reportedThrough.min() ?? .max
            return News(
                seconds: state.take(through: through), inFlight: state.inFlight.reduce(0, +),
                outcomes: state.outcomes.contains { $0 == nil } ? nil : state.outcomes.compactMap(\.self))
        }
    }
}

extension RunBoard.State {
    fileprivate mutating func add(_ tally: IntervalTally, at second: Int) {
        firstSecond = min(firstSecond, second)
        if tallies[second] == nil { tallies[second] = tally } else { tallies[second]?.add(tally) }
    }

    /// Takes the seconds that every loop has reported and that were not taken yet, without gaps.
    fileprivate mutating func take(through end: Int) -> [(second: Int, tally: IntervalTally)] {
        guard let newest = tallies.keys.max(), firstSecond <= newest else { return [] }
        let start = takenThrough == .min ? firstSecond : takenThrough + 1
        let last = min(end, newest)
        guard start <= last else { return [] }
        takenThrough = last
        return (start...last).map { ($0, tallies.removeValue(forKey: $0) ?? IntervalTally()) }
    }
}
