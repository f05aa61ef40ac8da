internal import NIOCore

/// How much one read of a connection takes: the amount that arrives usually, and less where many connections have
/// something to read at once, so that none waits long, and an answer of 429 comes at once also under overload.
///
/// A pass of the loop reads from each ready connection once. With a thousand of them and 64 KiB each it would work off
/// a hundred thousand requests before it looks at the first connection again.
struct ReadAllocator: RecvByteBufferAllocator {
    private var usual = AdaptiveRecvByteBufferAllocator(
        minimum: HTTPLimits.readBytesMin, initial: 2 * HTTPLimits.readBytesMin, maximum: HTTPLimits.readBytesMax)
    private let table: NIOLoopBound<ConnectionTable>

    /// On the loop.
    init(of table: ConnectionTable) { self.table = NIOLoopBound(table, eventLoop: table.services.eventLoop) }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: size) }

    func nextBufferSize() -> Int? { size }

    mutating func record(actualReadBytes: Int) -> Bool { usual.record(actualReadBytes: actualReadBytes) }

    private var size: Int { min(usual.nextBufferSize() ?? HTTPLimits.readBytesMin, table.value.readBytesMax) }
}
