import NIOCore
import NIOEmbedded
import RaftCore
import Testing

@testable import PeerTransport

@Suite("One connection by itself")
struct ConnectionTests {
    @Test("A connection that hears twice that it is open says hello once")
    func helloOnce() throws {
        let channel = EmbeddedChannel()
        let log = RecordingLog(loop: channel.embeddedEventLoop)
        let transport = PeerTransport(
            nodeID: "a", startID: 1, settings: .forTests, loop: channel.embeddedEventLoop,
            logger: log.makeLogger())
        let recorder = Recorder("a", own: Introduction(clusterID: TestNode.clusterID))
        transport.delegate = recorder
        transport.state = .running
        let address = PeerAddress(host: "127.0.0.1", port: 1111)
        let dial = PeerConnection.Dial(purpose: .link, address: address, nodeID: "b", call: nil)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1111)).wait()

        try channel.pipeline.syncOperations.addHandler(PeerConnection(transport: transport, dial: dial))
        channel.pipeline.fireChannelActive()

        let first = try #require(try channel.readOutbound(as: ByteBuffer.self))
        var reader = FrameReader()
        reader.append(first)
        #expect(try reader.nextPreamble() == Preamble())
        #expect(try reader.nextFrame()?.kind == .hello)
        let second = try reader.nextFrame()
        #expect(second?.kind == nil)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(transport.connections.count == 1)
        #expect(recorder.count(of: .introduced) == 1)
    }

    /// Says that the connection is closed as soon as something is written, as a socket does that its peer has reset.
    private final class ClosedByPeer: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func flush(context: ChannelHandlerContext) { context.fireChannelInactive() }
    }

    @Test(
        "A connection that its peer has reset ends when the welcome is written, and opens nothing",
        arguments: [
            Hello.Purpose.link, .control,
        ])
    func resetBeforeWelcome(purpose: Hello.Purpose) throws {
        let channel = EmbeddedChannel()
        let log = RecordingLog(loop: channel.embeddedEventLoop)
        let transport = PeerTransport(
            nodeID: "b", startID: 1, settings: .forTests, loop: channel.embeddedEventLoop, logger: log.makeLogger())
        let recorder = Recorder("b", own: Introduction(clusterID: TestNode.clusterID))
        transport.delegate = recorder
        transport.state = .running
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1111)).wait()
        try channel.pipeline.syncOperations.addHandler(ClosedByPeer())
        try channel.pipeline.syncOperations.addHandler(PeerConnection(transport: transport, dial: nil))

        try channel.writeInbound(ByteBuffer(bytes: RawPeer.hello(from: "a", purpose: purpose)))

        #expect(transport.connections.isEmpty)
        #expect(!recorder.heard.contains(.linkOpened("a")))
        #expect(!transport.isLinked(to: "a"))
    }
}
