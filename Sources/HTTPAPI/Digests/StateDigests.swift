internal import HotPath
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix

/// The thread that makes digests of the node's data, one at a time: each reads everything. Whoever asks while one is
/// being made shares the next one with all others that do, because the one under way may lack what he has just written.
final class StateDigests: DigestMaking {
    private struct State {
        /// They get the digest that is made next.
        var waiting: [Caller] = []
        var isClosed = false
    }

    private let digester: any StateDigester
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let state = NIOLockedValueBox(State())

    init(digester: any StateDigester) { self.digester = digester }

    /// Once, before the first digest.
    func start() { pool.start() }

    func make(_ caller: @escaping Caller) {
        let isFirst = state.withLockedValue { state in
            state.waiting.append(caller)
            return state.waiting.count == 1
        }
        // The others find it submitted already.
        if isFirst { pool.submit { [self] _ in makeNext() } }
    }

    private func makeNext() {
        let callers = state.withLockedValue { state in
            let taken = state.waiting
            state.waiting.removeAll()
            return taken
        }
        let result = Result { () throws(StoreFailure) in
            try mayContinue ? digester.digest(while: { mayContinue }) : nil
        }
        for caller in callers { caller(result) }
    }

    private var mayContinue: Bool { state.withLockedValue { !$0.isClosed } }

    /// Breaks off the digest under way and ends the thread, if there is one. Nothing may be made afterwards.
    func shutdown() async {
        state.withLockedValue { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            // Never fails: a thread that could not be ended is not reported.
            pool.shutdownGracefully { _ in continuation.resume() }
        }
    }
}
