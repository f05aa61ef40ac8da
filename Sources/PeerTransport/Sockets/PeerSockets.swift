package import NIOCore

/// The calls of a transport that need a network. Confined to the transport's loop, as are the channels that they open
/// and the futures that they return. A transport has its own.
package protocol PeerSockets: AnyObject {
    /// Opens a listener on `host`; an empty one means all interfaces. Each connection that it accepts gets the handler
    /// that `makeHandler` returns. Fails with a `TransportError` that says what to do.
    func listen(
        host: String, port: Int, makeHandler: @escaping () -> any ChannelInboundHandler
    ) -> EventLoopFuture<any Channel>

    /// Opens a TCP connection within `timeout`, without a handler. A name is looked up anew each time, unless
    /// `lookupsMax` others are. Does not complete before it has returned, if it tries at all.
    func connect(to address: PeerAddress, timeout: TimeAmount, lookupsMax: Int) -> EventLoopFuture<any Channel>
}
