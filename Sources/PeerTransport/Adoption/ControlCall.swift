internal import NIOCore

/// One introduction or adoption that somebody at this node waits for. Answered exactly once: by the peer, by the end of
/// its connection, or by its timer. Confined to the transport's loop.
final class ControlCall {
    private enum Waiter {
        case introduction(EventLoopPromise<PeerIntroduction>)
        case adoption(EventLoopPromise<AdoptionAnswer>)
    }

    /// The request to make once the handshake is done; nil if the handshake is all that is wanted.
    let adoption: AdoptionRequest?
    /// The request is on its way: without an answer nobody knows what came of it.
    private var isAsked = false
    private var waiter: Waiter?
    private var timer: Scheduled<Void>?

    init(introducing promise: EventLoopPromise<PeerIntroduction>) {
        adoption = nil
        waiter = .introduction(promise)
    }

    init(adopting request: AdoptionRequest, _ promise: EventLoopPromise<AdoptionAnswer>) {
        adoption = request
        waiter = .adoption(promise)
    }

    var isDone: Bool { waiter == nil }

    /// The request is sent from here on.
    func asks() { isAsked = true }

    /// Fails the call when `timer` fires first.
    func start(_ timer: Scheduled<Void>) { self.timer = timer }

    func succeed(_ introduction: PeerIntroduction) {
        guard case .introduction(let promise) = takeWaiter() else { return }
        promise.succeed(introduction)
    }

    func succeed(_ answer: AdoptionAnswer) {
        guard case .adoption(let promise) = takeWaiter() else { return }
        promise.succeed(answer)
    }

    func fail(_ error: TransportError) {
        var error = error
        error.mayHaveTakenEffect = isAsked
        switch takeWaiter() {
        case .introduction(let promise): promise.fail(error)
        case .adoption(let promise): promise.fail(error)
        case nil: break
        }
    }

    private func takeWaiter() -> Waiter? {
        timer?.cancel()
        timer = nil
        defer { waiter = nil }
        return waiter
    }
}
