import HotPath
import RaftCore

/// The clock and the timer of one node.
final class SimulatedClock: Timekeeper {
    let time: SimulatedTime
    var deadline: Instant?

    init(time: SimulatedTime) { self.time = time }
    var now: Instant { time.now }
    func wake(at deadline: Instant) { self.deadline = deadline }
}

/// The time that all nodes share.
final class SimulatedTime {
    var now = Instant(nanoseconds: 1_000_000_000)
}
