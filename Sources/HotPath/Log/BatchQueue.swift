/// Hands work to one dedicated thread, by whole batches: the consumer takes everything that has gathered since it last
/// looked. The consumer blocks in system calls and must have its own thread.
final class BatchQueue<Element: Sendable>: @unchecked Sendable {
    // Checked by hand: all state is touched only with `monitor` locked.
    private let monitor = Monitor()
    private var gathered: [Element] = []
    private var isConsumerWaiting = false
    private var isClosed = false

    func append(_ element: Element) {
        let mustSignal = monitor.withLock {
            gathered.append(element)
            return isConsumerWaiting
        }
        if mustSignal { monitor.signal() }
    }

    /// Lets the consumer finish what is gathered and then end.
    func close() {
        monitor.withLock { isClosed = true }
        monitor.signal()
    }

    /// Waits for work and moves all of it into `batch`, which must be empty and gives its storage in exchange. False
    /// once the queue is closed and empty. Consumer only.
    func take(into batch: inout [Element]) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        while gathered.isEmpty && !isClosed {
            isConsumerWaiting = true
            monitor.wait()
        }
        isConsumerWaiting = false
        swap(&gathered, &batch)
        return !batch.isEmpty
    }
}
