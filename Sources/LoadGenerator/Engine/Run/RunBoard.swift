internal import NIOConcurrencyHelpers

/// Where the event loops hang out what they have done, for the thread that runs the plan: each second's tally, and the
/// outcome of each phase. Written once per second and loop.
final class RunBoard: Sendable {
    /// What one loop hands over at the end of a phase.
    enum Outcome: Sendable {
        case opened(connections: Int, lastFailure: FailureReason?)
        case filled
        case failed(LoadError)
        case loaded(LoopResult)
        case readBack(ReadBackTally)
    }

    fileprivate struct State {
        var phaseNumber = 0
        var tallies: [Int: IntervalTally] = [:]
        /// For each loop, the last second that it has reported; nothing more comes of a loop that has finished.
        var reportedThrough: [Int]
        var inFlight: [Int]
        var outcomes: [Outcome?]
        /// The last second that was handed on.
        var takenThrough = Int.min
        var firstSecond = Int.max
    }

    /// What there is to be seen.
    struct News {
        var seconds: [(second: Int, tally: IntervalTally)]
        var inFlight: Int
        /// All of them, once every loop has finished.
        var outcomes: [Outcome]?
    }

    private let state: NIOLockedValueBox<State>
    /// True while something new hangs on the board.
    private let signal = ConditionLock(value: false)

    init(loopCount: Int) {
        state = NIOLockedValueBox(
            State(
                reportedThrough: Array(repeating: .min, count: loopCount),
                inFlight: Array(repeating: 0, count: loopCount),
                outcomes: Array(repeating: nil, count: loopCount)))
    }

    /// Clears the board for the next phase. No loop is at work.
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

    /// The loop has nothing more to say about seconds up to `through`; `tally` is that of `second`.
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

    /// Seconds that every loop has reported and that were not handed on yet, without gaps.
    fileprivate mutating func take(through end: Int) -> [(second: Int, tally: IntervalTally)] {
        guard let newest = tallies.keys.max(), firstSecond <= newest else { return [] }
        let start = takenThrough == .min ? firstSecond : takenThrough + 1
        let last = min(end, newest)
        guard start <= last else { return [] }
        takenThrough = last
        return (start...last).map { ($0, tallies.removeValue(forKey: $0) ?? IntervalTally()) }
    }
}

/// What one event loop measured in the load phase.
struct LoopResult: Sendable {
    var measurements: Measurements
    var gaps: SuccessGaps
    /// When the loop stopped sending, and when the last answer came; monotonic nanoseconds.
    var sendingEnd: UInt64
    var lastAnswer: UInt64
    /// CPU time of the thread divided by elapsed time, 0…1, while it sent.
    var cpuShare: Double
    var lateSends: UInt64
    var lateSendMax: UInt64
    var queuedSends: UInt64
    var unsent: UInt64
    /// Of `unsent`, those for which there was no place: the server, not the generator, was behind.
    var unsentQueued: UInt64
    /// How long the loop stood still in all, and at once, in nanoseconds.
    var stalled: UInt64
    var longestStall: UInt64
    /// Whether the run was given up since nothing succeeded any more.
    var isStalled: Bool
}

/// What one event loop found when it read back.
struct ReadBackTally: Sendable {
    var checked: UInt64 = 0
    var lost: UInt64 = 0
    var foreign: UInt64 = 0
    var unreadable: UInt64 = 0
    var inconclusive: UInt64 = 0
    var examples: [String] = []
}
