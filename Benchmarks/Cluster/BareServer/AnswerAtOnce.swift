import NIOCore

@testable import HTTPAPI

/// Finds the requests of one connection by their plain heads, as Skiff does, and answers those of one read with one
/// write. A head that is not plain ends the connection: NIO's decoder is not measured here.
final class AnswerAtOnce: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Fields and body of Skiff's answer to a PUT, with numbers of typical length.
    private static let putAnswer = ByteBuffer(
        string: """
            HTTP/1.1 200 OK\r
            Content-Type: application/json; charset=UTF-8\r
            Content-Length: 40\r
            X-Skiff-Revision: 123456\r
            ETag: "123456"\r
            X-Skiff-Node: node1\r
            X-Skiff-Leader: node1\r
            X-Skiff-Term: 1\r
            X-Skiff-Index: 12345\r
            \r
            {"key":"key00012345","revision":123456}

            """)

    /// The same of its answer to a stale GET of 256 bytes.
    private static let getAnswer = ByteBuffer(
        string: """
            HTTP/1.1 200 OK\r
            Content-Type: application/octet-stream\r
            Content-Length: 256\r
            X-Skiff-Revision: 123456\r
            ETag: "123456"\r
            X-Content-Type-Options: nosniff\r
            X-Skiff-Consistency: stale\r
            X-Skiff-Node: node1\r
            X-Skiff-Leader: node1\r
            X-Skiff-Term: 1\r
            X-Skiff-Index: 12345\r
            \r

            """ + String(repeating: "v", count: 256))

    /// The beginning of a head whose end has not arrived.
    private var unread: ByteBuffer?
    private var bodyBytesLeft = 0
    private var answer = ByteBuffer()
    private var output = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        if var start = unread {
            unread = nil
            start.writeImmutableBuffer(bytes)
            bytes = start
        }
        while bytes.readableBytes > 0 {
            guard bodyBytesLeft == 0 else {
                skipBody(&bytes)
                continue
            }
            var head = PlainHead()
            switch bytes.withUnsafeReadableBytes({ head.read($0) }) {
            case .complete:
                bytes.moveReaderIndex(forwardBy: head.byteCount)
                bodyBytesLeft = head.contentLength ?? 0
                answer = head.method == .get ? Self.getAnswer : Self.putAnswer
                if bodyBytesLeft == 0 { output.writeImmutableBuffer(answer) }
            case .incomplete:
                unread = ByteBuffer(bytes: bytes.readableBytesView)
                return
            case .other:
                return context.close(promise: nil)
            }
        }
    }

    private func skipBody(_ bytes: inout ByteBuffer) {
        let count = min(bodyBytesLeft, bytes.readableBytes)
        bytes.moveReaderIndex(forwardBy: count)
        bodyBytesLeft -= count
        if bodyBytesLeft == 0 { output.writeImmutableBuffer(answer) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard output.readableBytes > 0 else { return }
        context.writeAndFlush(Self.wrapOutboundOut(output), promise: nil)
        // The memory is used again once the socket took all of it, which is the rule.
        output.clear()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
