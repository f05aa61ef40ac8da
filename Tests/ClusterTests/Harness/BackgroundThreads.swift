import Foundation
import Synchronization

/// Runs a body `count` times at once, each on its own thread with its number, and waits for all.
///
/// Expectations belong to the thread of the test, so the bodies return their observations.
func onThreads<Output: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Output
) throws -> [Output] {
    let threads = BackgroundThreads(count, body)
    return try threads.join()
}

/// Threads that run while the test does something else.
final class BackgroundThreads<Output: Sendable>: Sendable {
    private let results: Mutex<[Int: Result<Output, any Error>]>
    private let isStopping = Atomic<Bool>(false)
    /// The numbers of the threads that have had a success.
    private let successful = Mutex<Set<Int>>([])
    private let count: Int
    private let running = DispatchGroup()

    /// Starts the threads.
    init(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Output) {
        self.count = count
        results = Mutex([:])
        for number in 0..<count { start(number) { _ in try body(number) } }
    }

    /// Starts threads that check `isStopped` and end soon after `stop()`.
    init(untilStopped count: Int, _ body: @escaping @Sendable (Int, BackgroundThreads) throws -> Output) {
        self.count = count
        results = Mutex([:])
        for number in 0..<count { start(number) { try body(number, $0) } }
    }

    var isStopped: Bool { isStopping.load(ordering: .relaxed) }

    /// The same, asked by the thread with that number, which has had `successCount` successes.
    func isStopped(_ number: Int, after successCount: Int) -> Bool {
        if successCount > 0 { _ = successful.withLock { $0.insert(number) } }
        return isStopped
    }

    /// Waits until each thread has had a success: what follows then happens while all of them work.
    func waitUntilAllSucceed() throws(WaitedInVain) {
        try waitUntil("each of \(count) threads has had a success") { successful.withLock { $0.count } == count }
    }

    func stop() { isStopping.store(true, ordering: .relaxed) }

    /// Waits for all threads. Throws the error of the first that failed.
    func join() throws -> [Output] {
        stop()
        running.wait()
        let results = results.withLock { $0 }
        return try results.sorted { $0.key < $1.key }.map { try $0.value.get() }
    }

    private func start(_ number: Int, _ body: @escaping @Sendable (BackgroundThreads) throws -> Output) {
        running.enter()
        let thread = Thread { [self] in
            let result = Result { try body(self) }
            results.withLock { $0[number] = result }
            running.leave()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }
}
