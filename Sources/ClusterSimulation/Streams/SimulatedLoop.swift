internal import Dispatch
internal import NIOCore

/// The event loop of one process. Its time is that of the node's own clock, and it runs when the simulation says so.
///
/// NIO's own embedded loop does not tell when its next task is due, which a queue of events has to know.
///
/// `@unchecked Sendable`: the simulation has one thread.
final class SimulatedLoop: EventLoop, @unchecked Sendable {
    private struct Item {
        var deadline: NIODeadline
        var number: UInt64
        var run: @Sendable () -> Void
        /// Tells whoever waits for a timer that it is cancelled; nil for what was only handed over.
        var cancel: (@Sendable () -> Void)?
    }

    /// The machine on which the process runs.
    let machine: Int
    private let clock: () -> NIODeadline
    private let wake: (SimulatedLoop, NIODeadline) -> Void
    /// The next one comes last.
    private var items: [Item] = []
    private var scheduled: UInt64 = 0
    /// The time at which the loop asked to be woken.
    private var wakeTime: NIODeadline?
    /// Counts the requests to be woken: only the latest matters.
    private(set) var wakeNumber: UInt64 = 0
    private(set) var hasEnded = false
    private var isCancelling = false

    /// `wake` is asked to call `run` once the clock shows a time.
    init(
        machine: Int, clock: @escaping () -> NIODeadline, wake: @escaping (SimulatedLoop, NIODeadline) -> Void
    ) {
        self.machine = machine
        self.clock = clock
        self.wake = wake
    }

    /// After the end no time is left for anybody.
    var now: NIODeadline { hasEnded ? clock() + .hours(2) : clock() }
    var inEventLoop: Bool { true }
    var isIdle: Bool { items.isEmpty }

    // MARK: Running

    /// Runs what is due. What that adds is due in a later pass, so that a process can die in between.
    func run() {
        wakeTime = nil
        let (time, limit) = (now, scheduled)
        while let item = items.last, item.deadline <= time, item.number < limit {
            items.removeLast()
            item.run()
        }
        askToBeWoken()
    }

    /// The process is gone. First that which was handed over runs, or else the timers do, so that nobody waits for
    /// them: call this once nothing that it does reaches anybody, and again until nobody waits; then `cancelTimers`.
    func end() {
        hasEnded = true
        let handedOver = items.contains { $0.cancel == nil }
        let due = items.filter { !handedOver || $0.cancel == nil }
        items.removeAll { !handedOver || $0.cancel == nil }
        for item in due.reversed() { item.run() }
    }

    func cancelTimers() {
        hasEnded = true
        isCancelling = true
        while !items.isEmpty {
            let rest = items
            items.removeAll()
            for item in rest.reversed() {
                if let cancel = item.cancel { cancel() } else { item.run() }
            }
        }
    }

    private func askToBeWoken() {
        guard !hasEnded, let next = items.last?.deadline else { return }
        if let wakeTime, wakeTime <= next { return }
        wakeTime = next
        wakeNumber += 1
        wake(self, next)
    }

    private func insert(
        _ deadline: NIODeadline, _ run: @escaping @Sendable () -> Void, cancel: (@Sendable () -> Void)? = nil
    ) -> UInt64 {
        let item = Item(deadline: deadline, number: scheduled, run: run, cancel: cancel)
        scheduled += 1
        var place = items.count
        while place > 0, items[place - 1].deadline <= deadline { place -= 1 }
        items.insert(item, at: place)
        askToBeWoken()
        return item.number
    }

    // MARK: EventLoop

    func execute(_ task: @escaping @Sendable () -> Void) { _ = insert(now, task) }

    @discardableResult
    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        guard !isCancelling else {
            promise.fail(EventLoopError.cancelled)
            return Scheduled(promise: promise, cancellationTask: {})
        }
        let run = { @Sendable in
            do {
                promise.assumeIsolated().succeed(try task())
            } catch {
                promise.fail(error)
            }
        }
        let number = insert(deadline, run) { promise.fail(EventLoopError.cancelled) }
        return Scheduled(promise: promise) { self.items.removeAll { $0.number == number } }
    }

    @discardableResult
    func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        scheduleTask(deadline: now + delay, task)
    }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        preconditionFailure("a simulated loop ends with its process")
    }

    func preconditionInEventLoop(file: StaticString, line: UInt) {}

    func preconditionNotInEventLoop(file: StaticString, line: UInt) {
        preconditionFailure("all that is simulated happens on its loop", file: file, line: line)
    }
}
