internal import NIOCore

/// One end of a TCP connection as the kernel of its machine has it, with what it has sent and the other end has not
/// read.
final class StreamEnd: SimulatedSocket {
    enum State: Hashable {
        case open
        /// The process has closed it or is gone; the kernel still sends what is queued.
        case closed
        /// The machine has lost its power, and knows nothing of it.
        case lost
    }

    enum Content {
        case bytes(ByteBuffer)
        /// Nothing follows.
        case end
    }

    struct Segment {
        var time: UInt64
        var content: Content
        /// The last part of what the process has flushed at once.
        var endsFlush = true
    }

    let machine: Int
    /// Of the process that has it.
    let life: UInt32
    private unowned let network: StreamNetwork
    weak var other: StreamEnd?
    weak var connection: StreamConnection?
    /// How often the process has flushed bytes, and how many of these the other end has read as a whole.
    var flushCount = 0
    var readCount = 0
    /// What the process has flushed first.
    var firstBytes = ByteBuffer()
    /// Nil before the process has accepted the connection, and once it has no part in it any more.
    var channel: SimulatedChannel?
    var state = State.open
    /// On the way to the other end, in order.
    var segments = CircularBuffer<Segment>()
    /// When the last one arrives.
    var lastArrival: UInt64 = 0
    /// An arrival is in the queue of the simulation.
    var isArmed = false
    /// Since when the first segment does not get through.
    var heldSince: UInt64?

    init(machine: Int, life: UInt32, network: StreamNetwork) {
        self.machine = machine
        self.life = life
        self.network = network
    }

    var isOver: Bool { state != .open && segments.isEmpty }

    var waitingBytes: Int {
        var bytes = 0
        for segment in segments {
            if case .bytes(let buffer) = segment.content { bytes += buffer.readableBytes }
        }
        return bytes
    }

    func send(_ bytes: ByteBuffer) { network.send(.bytes(bytes), from: self) }

    func close() { network.close(self) }
}

extension StreamEnd {
    /// The process has begun with the hello of a link to a node that it takes for its fellow member. Both bytes stand
    /// after the preamble and the head of a frame (Docs/WireFormat.md).
    var isHelloToMember: Bool {
        let start = firstBytes.readerIndex + 8 + 24
        return firstBytes.getInteger(at: start, as: UInt8.self) == 1
            && firstBytes.getInteger(at: start + 1, as: UInt8.self).map { $0 & 16 != 0 } ?? false
    }
}
