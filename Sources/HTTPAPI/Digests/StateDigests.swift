internal import HotPath
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix

/// The thread that makes digests of the node's data, one at a time: each reads everything. Whoever asks while one is
/// being made shares the next one with all others that do, because the one under way may lack what he has just written.
/// One that nobody waits for any more is broken off.
final class StateDigests: DigestMaking {
    private struct Wish {
        let deadline: NIODeadline
        let caller: Caller
    }

    private struct State {
        /// They get the digest that is made next.
        var waiting: [Wish] = []
        var isStopping = false
    }

    private let digester: any StateDigester
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let state = NIOLockedValueBox(State())

    init(digester: any StateDigester) { self.digester = digester }

    /// Once, before the first digest.
    func start() { pool.start() }

    func make(until deadline: NIODeadline, _ caller: @escaping Caller) -> Bool {
        let count = state.withLockedValue { state in
            guard state.waiting.count < HTTPLimits.digestsWaitingMax else { return 0 }
            state.waiting.append(Wish(deadline: deadline, caller: caller))
            return state.waiting.count
        }
        // The others find it submitted already.
        if count == 1 { pool.submit { [self] _ in makeNext() } }
        return count > 0
    }

    private func makeNext() {
        let wishes = state.withLockedValue { state in
            let taken = state.waiting
            state.waiting.removeAll()
            return taken
        }
        guard let last = wishes.map(\.deadline).max(), last > .now() else { return }
        let result = Result { () throws(StoreFailure) in
            try isStopping ? nil : digester.digest(while: { !isStopping && last > .now() })
        }
        for wish in wishes where wish.deadline > .now() { wish.caller(result) }
    }

    private var isStopping: Bool { state.withLockedValue { $0.isStopping } }

    /// Breaks off the digest under way. From now on whoever asks gets nil.
    func stop() { state.withLockedValue { $0.isStopping = true } }

    /// The same, and ends the thread, if there is one. Nothing may be made afterwards.
    func shutdown() async {
        stop()
        await withCheckedContinuation { continuation in
            // Never fails: a thread that could not be ended is not reported.
            pool.shutdownGracefully { _ in continuation.resume() }
        }
    }
}
