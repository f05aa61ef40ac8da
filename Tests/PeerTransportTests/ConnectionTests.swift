import NIOCore
import NIOEmbedded
import RaftCore
import Testing

@testable import PeerTransport

@Suite("One connection by itself")
struct ConnectionTests {
    @Test("a connection that hears twice that it is open says hello once")
    func helloOnce() throws {
        let channel = EmbeddedChannel()
        let log = RecordingLog(loop: channel.embeddedEventLoop)
        let transport = PeerTransport(
            nodeID: "a", incarnation: 1, settings: .forTests, loop: channel.embeddedEventLoop,
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
}
