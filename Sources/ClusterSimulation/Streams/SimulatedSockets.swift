internal import NIOCore
internal import PeerTransport

/// The sockets of one process.
final class SimulatedSockets: PeerSockets {
    private let network: StreamNetwork
    private let machine: Int
    private let life: UInt32
    private let loop: SimulatedLoop
    private var isClosed = false

    init(_ network: StreamNetwork, machine: Int, life: UInt32, loop: SimulatedLoop) {
        self.network = network
        self.machine = machine
        self.life = life
        self.loop = loop
    }

    /// The process is gone.
    func close() { isClosed = true }

    func listen(
        host: String, port: Int, makeHandler: @escaping () -> any ChannelInboundHandler
    ) -> EventLoopFuture<any Channel> {
        let listener = StreamListener(
            machine: machine, life: life, port: port, loop: loop, makeHandler: makeHandler)
        return loop.makeSucceededFuture(network.listen(listener))
    }

    func connect(to address: PeerAddress, timeout: TimeAmount, lookupsMax: Int) -> EventLoopFuture<any Channel> {
        guard !isClosed else { return loop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        let promise = loop.makePromise(of: (any Channel).self)
        let attempt = ConnectAttempt(
            machine: machine, life: life, loop: loop, target: MachineAddress(address)?.machine, port: address.port,
            promise)
        attempt.start(timeout: timeout)
        network.connect(attempt)
        return promise.futureResult
    }
}
