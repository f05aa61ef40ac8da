import ClusterControl
import Glibc
import HotPath
import KeyValue
import NIOCore
import NIOPosix
import RaftCore

@testable import PeerTransport

/// A peer that sends exactly the bytes that a test gives it: damaged, hostile, silent or of another version.
struct RawPeer: Sendable {
    /// Collects what arrives. Confined to its loop.
    fileprivate final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private(set) var bytes: [UInt8] = []
        private var waiters: [(count: Int, promise: EventLoopPromise<Void>)] = []

        func wait(for count: Int, on loop: any EventLoop) -> EventLoopFuture<Void> {
            let promise = loop.makePromise(of: Void.self)
            waiters.append((count, promise))
            loop.failLater(promise, "\(bytes.count) bytes arrived instead of \(count)")
            wake()
            return promise.futureResult
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += Array(unwrapInboundIn(data).readableBytesView)
            wake()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelInactive(context: ChannelHandlerContext) {
            for waiter in waiters { waiter.promise.fail(ChannelError.eof) }
            waiters.removeAll()
        }

        private func wake() {
            for waiter in waiters where bytes.count >= waiter.count { waiter.promise.succeed() }
            waiters.removeAll { bytes.count >= $0.count }
        }
    }

    let channel: any Channel
    private let collector: NIOLoopBound<Collector>

    static func connect(to port: Int, on loop: any EventLoop, autoRead: Bool = true) async throws -> RawPeer {
        let collector = try await loop.submit { NIOLoopBound(Collector(), eventLoop: loop) }.get()
        let channel = try await ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: autoRead)
            .channelOption(.socketOption(.so_rcvbuf), value: 16 << 10)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(collector.value)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawPeer(channel: channel, collector: collector)
    }

    /// Listens, and takes one connection.
    static func listen(on loop: any EventLoop) async throws -> (port: Int, accepted: EventLoopFuture<RawPeer>) {
        let promise = loop.makePromise(of: RawPeer.self)
        let listener = try await ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let collector = Collector()
                    try channel.pipeline.syncOperations.addHandler(collector)
                    promise.succeed(
                        RawPeer(channel: channel, collector: NIOLoopBound(collector, eventLoop: channel.eventLoop)))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return (listener.localAddress?.port ?? 0, promise.futureResult)
    }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Waits until `count` bytes have arrived in all.
    func wait(for count: Int) async throws {
        try await channel.eventLoop.flatSubmit { [collector, channel] in
            collector.value.wait(for: count, on: channel.eventLoop)
        }.get()
    }

    /// Waits until the other side has closed.
    func waitForEnd() async throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.failLater(promise, "the connection stays open")
        channel.closeFuture.cascade(to: promise)
        try await promise.futureResult.get()
    }

    /// Waits until the other side has closed, and returns the goodbye that it sent, if any.
    func goodbye() async throws -> Goodbye? {
        try await waitForEnd()
        return try await channel.eventLoop.submit { [collector] in
            var reader = FrameReader()
            reader.frameBytesMax = ReplicaLimits.peerFrameBytesMax
            reader.append(ByteBuffer(bytes: collector.value.bytes))
            guard try reader.nextPreamble() != nil else { return nil }
            while let frame = try reader.nextFrame() {
                if frame.kind == .goodbye { return try Goodbye(decoding: frame) }
            }
            return nil
        }.get()
    }

    func received() async throws -> [UInt8] {
        try await channel.eventLoop.submit { [collector] in collector.value.bytes }.get()
    }

    func close() async throws { try await channel.close() }

    /// Sends bytes and, before anybody on this loop can read them, resets the connection.
    func sendAndReset(_ bytes: [UInt8]) async throws {
        try await channel.eventLoop.flatSubmit { [channel] in
            guard let socket = channel as? any SocketOptionProvider else { preconditionFailure("a peer has no socket") }
            return socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).flatMap {
                channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
                return channel.close()
            }
        }.get()
    }

    // MARK: Bytes

    static func hello(
        from id: NodeID, startID: UInt64 = 1, clusterID: ClusterID? = TestNode.clusterID, instance: InstanceID? = nil,
        memberSince: LogIndex = .zero, expecting: NodeID? = nil,
        as kind: FrameKind = .hello, purpose: Hello.Purpose = .link, raftAddress: String = ":1111",
        httpAddress: String = ":2221", settings: ElectionSettings = ElectionSettings(), featureLevel: UInt8 = 1
    ) -> [UInt8] {
        let hello = Hello(
            purpose: purpose, clusterID: clusterID, instance: instance, memberSince: memberSince,
            isRaftAddressSet: false, startID: startID,
            electionSettings: settings, memberCount: 1, featureLevel: featureLevel, nodeID: id,
            expectedNodeID: expecting, raftAddress: raftAddress, httpAddress: httpAddress, softwareVersion: "",
            receiverAddress: "")
        var buffer = ByteBuffer()
        Preamble().write(to: &buffer)
        hello.encode(as: kind, into: &buffer, sequence: 0)
        return Array(buffer.readableBytesView)
    }

    static func message(_ number: UInt64, sequence: UInt64) -> [UInt8] {
        CodecTests.encode(.readIndexRequest(id: number), sequence: sequence)
    }
}
