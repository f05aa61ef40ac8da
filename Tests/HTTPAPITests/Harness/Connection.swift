import NIOCore
import NIOEmbedded

@testable import HTTPAPI

/// One client connection, fed with bytes.
final class Connection {
    let channel: EmbeddedChannel
    let reads = ReadCounter()
    private let node: EmbeddedNode

    init(to node: EmbeddedNode, isBeyondLimit: Bool = false) throws {
        self.node = node
        channel = EmbeddedChannel(loop: node.eventLoop)
        try channel.pipeline.syncOperations.addHandler(reads)
        try HTTPServer.addHandler(to: channel, of: node.table, isBeyondLimit: isBeyondLimit)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// Delivers bytes as one read, and lets the pass of the loop end.
    func send(_ bytes: some Sequence<UInt8>) throws {
        guard channel.isActive else { return }
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.read()
        node.eventLoop.run()
    }

    func send(_ text: String) throws { try send(text.utf8) }

    /// All that was written since the last call.
    func received() throws -> String { String(decoding: try receivedBytes(), as: UTF8.self) }

    func receivedBytes() throws -> [UInt8] { try receivedWrites().flatMap { $0 } }

    /// The same, one element for each buffer that was handed to the socket.
    func receivedWrites() throws -> [[UInt8]] {
        var writes: [[UInt8]] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            if buffer.readableBytes > 0 { writes.append(Array(buffer.readableBytesView)) }
        }
        return writes
    }

    /// Sends one request and returns the one answer to it.
    func exchange(_ request: String) throws -> Answer {
        try send(request)
        return try Answer(try received())
    }

    /// A request with header and, if given, body.
    func request(_ method: String, _ target: String, _ fields: [String] = [], body: String? = nil) throws -> Answer {
        try exchange(Self.text(method, target, fields, body: body))
    }

    static func text(_ method: String, _ target: String, _ fields: [String] = [], body: String? = nil) -> String {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: x\r\n"
        for field in fields { text += field + "\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        return text + "\r\n" + (body ?? "")
    }

    var isOpen: Bool { channel.isActive }

    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
        node.eventLoop.run()
    }
}
