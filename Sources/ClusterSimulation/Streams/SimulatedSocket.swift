internal import NIOCore

/// What a channel stands for: one end of a connection, or a listener.
protocol SimulatedSocket: AnyObject {
    /// Bytes that were sent and have not reached the other end.
    var waitingBytes: Int { get }
    func send(_ bytes: ByteBuffer)
    /// The process closes it.
    func close()
}
