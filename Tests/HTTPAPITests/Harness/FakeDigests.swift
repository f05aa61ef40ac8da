import HotPath
import Synchronization

@testable import HTTPAPI

/// Keeps whoever wants a digest until the test answers them.
final class FakeDigests: DigestMaking {
    private let waiting = Mutex<[Caller]>([])

    func make(_ caller: @escaping Caller) { waiting.withLock { $0.append(caller) } }

    /// Answers all that wait.
    func complete(_ result: Result<StateDigest?, StoreFailure>) {
        let callers = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for caller in callers { caller(result) }
    }
}
