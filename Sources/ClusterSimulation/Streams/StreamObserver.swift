/// Whoever wants to know how far the connections of a network are.
protocol StreamObserver: AnyObject {
    /// A connection was asked for, and its listener is about to take it.
    func didConnect(_ connection: StreamConnection)
    /// An end has sent something.
    func didSend(_ end: StreamEnd, on connection: StreamConnection)
    /// The other end has read something of what `sender` has sent.
    func didRead(from sender: StreamEnd, on connection: StreamConnection)
}
