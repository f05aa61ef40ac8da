import NIOCore

/// Something that a test waits for has not happened.
struct NeverHappened: Error { var description: String }

extension EventLoop {
    /// Ends a wait in vain, after longer than any machine needs; of no effect on a promise that was kept.
    func failLater(_ promise: EventLoopPromise<Void>, _ description: String) {
        let timer = scheduleTask(in: .minutes(2)) { promise.fail(NeverHappened(description: description)) }
        promise.futureResult.whenComplete { _ in timer.cancel() }
    }
}
