internal import HotPath
internal import NIOCore
internal import RaftCore

/// The replica's clock and timer on its event loop.
final class LoopTimekeeper: Timekeeper {
    private let eventLoop: any EventLoop
    private let onWake: @Sendable () -> Void
    /// The earliest timer that is armed. A later deadline waits for it: it fires, the replica looks at the clock, and
    /// arms again, which is cheaper than to cancel and schedule on every message.
    private var armed: Instant?

    /// `onWake` is called on `eventLoop`.
    init(eventLoop: any EventLoop, onWake: @escaping @Sendable () -> Void) {
        self.eventLoop = eventLoop
        self.onWake = onWake
    }

    var now: Instant { Instant(nanoseconds: eventLoop.now.uptimeNanoseconds) }

    func wake(at deadline: Instant) {
        if let armed, armed <= deadline, armed > now { return }
        armed = deadline
        eventLoop.scheduleTask(deadline: .uptimeNanoseconds(deadline.nanoseconds), onWake)
    }
}
