internal import NIOCore

/// One attempt of a process to open a connection.
final class ConnectAttempt {
    let machine: Int
    let life: UInt32
    let loop: SimulatedLoop
    /// Nil if no machine has the address.
    let target: Int?
    let port: Int
    private var promise: EventLoopPromise<any Channel>?
    private var timer: Scheduled<Void>?
    /// Until the next one, if the first packet gets no answer.
    var pause: UInt64 = 1_000_000_000

    init(
        machine: Int, life: UInt32, loop: SimulatedLoop, target: Int?, port: Int,
        _ promise: EventLoopPromise<any Channel>
    ) {
        self.machine = machine
        self.life = life
        self.loop = loop
        self.target = target
        self.port = port
        self.promise = promise
    }

    var isDone: Bool { promise == nil }

    func start(timeout: TimeAmount) {
        timer = loop.assumeIsolated().scheduleTask(in: timeout) { [self] in fail(ChannelError.connectTimeout(timeout)) }
    }

    func succeed(_ channel: any Channel) { takePromise()?.succeed(channel) }

    func fail(_ error: any Error) { takePromise()?.fail(error) }

    private func takePromise() -> EventLoopPromise<any Channel>? {
        timer?.cancel()
        timer = nil
        defer { promise = nil }
        return promise
    }
}
