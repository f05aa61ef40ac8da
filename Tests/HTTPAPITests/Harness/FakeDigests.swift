import HotPath
import NIOCore
import Synchronization

@testable import HTTPAPI

/// Keeps whoever wants a digest until the test answers them.
final class FakeDigests: DigestMaking {
    private let waiting = Mutex<[Caller]>([])

    private let isFull = Mutex(false)

    /// From now on nobody may wait.
    func fill() { isFull.withLock { $0 = true } }

    func make(until deadline: NIODeadline, _ caller: @escaping Caller) -> Bool {
        if isFull.withLock({ $0 }) { return false }
        waiting.withLock { $0.append(caller) }
        return true
    }

    /// Answers all that wait.
    func complete(_ result: Result<StateDigest?, StoreFailure>) {
        let callers = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for caller in callers { caller(result) }
    }
}
