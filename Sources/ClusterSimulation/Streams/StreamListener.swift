internal import NIOCore

/// The listener of a process.
final class StreamListener: SimulatedSocket {
    let machine: Int
    let life: UInt32
    let port: Int
    let loop: SimulatedLoop
    let makeHandler: () -> any ChannelInboundHandler
    private(set) var isOpen = true
    let waitingBytes = 0

    init(
        machine: Int, life: UInt32, port: Int, loop: SimulatedLoop,
        makeHandler: @escaping () -> any ChannelInboundHandler
    ) {
        self.machine = machine
        self.life = life
        self.port = port
        self.loop = loop
        self.makeHandler = makeHandler
    }

    func send(_ bytes: ByteBuffer) { preconditionFailure("bytes are sent on a listener") }

    func close() { isOpen = false }
}
