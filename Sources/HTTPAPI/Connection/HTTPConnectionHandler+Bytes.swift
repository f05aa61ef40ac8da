internal import NIOCore
internal import NIOHTTP1

// From the bytes on the socket to the parts of a request.
//
//          head is plain          all of the body
//    head ───────────────► body ───────────────────► head
//      │
//      │ anything else
//      ▼
//    NIO's decoder, until the connection ends
//
// NIO's decoder costs a fifth of a read from a table in memory, most of it for strings and messages that nobody asks
// for. The figures are in Docs/Decisions/0005-plain-requests.md.
extension HTTPConnectionHandler {
    /// What the next byte belongs to.
    enum Arrival {
        case head
        case body(bytesLeft: Int)
        /// NIO's decoder sits in front of this handler and takes every byte.
        case decoded
    }

    func receive(bytes arrived: ByteBuffer, _ context: ChannelHandlerContext) {
        var bytes = arrived
        if let kept = unread {
            unread = nil
            bytes = kept
            bytes.writeImmutableBuffer(arrived)
        }
        while bytes.readableBytes > 0 {
            switch arrival {
            case .head:
                switch receiveHead(in: &bytes) {
                case .complete:
                    continue
                case .incomplete:
                    headStarted()
                    // A copy: the buffer of a read is large, and the next read wants it.
                    unread = ByteBuffer(bytes: bytes.readableBytesView)
                    return
                case .other:
                    return decode(bytes, context)
                }
            case .body(let bytesLeft):
                receiveBody(in: &bytes, bytesLeft: bytesLeft)
            case .decoded:
                preconditionFailure("bytes of a connection went past its decoder")
            }
        }
    }

    private func receiveHead(in bytes: inout ByteBuffer) -> PlainHead.Finding {
        var head = PlainHead()
        let finding = bytes.withUnsafeReadableBytes { memory in
            let finding = head.read(memory)
            if finding == .complete { receive(head, in: memory) }
            return finding
        }
        guard finding == .complete else { return finding }
        bytes.moveReaderIndex(forwardBy: head.byteCount)
        if let length = head.contentLength, length > 0 {
            arrival = .body(bytesLeft: length)
        } else {
            receiveEnd()
        }
        return .complete
    }

    private func receiveBody(in bytes: inout ByteBuffer, bytesLeft: Int) {
        let arrived = min(bytesLeft, bytes.readableBytes)
        guard let part = bytes.readSlice(length: arrived) else {
            preconditionFailure("a buffer holds fewer bytes than it says")
        }
        receive(part)
        if arrived < bytesLeft {
            arrival = .body(bytesLeft: bytesLeft - arrived)
        } else {
            arrival = .head
            receiveEnd()
        }
    }

    /// Lets NIO's decoder take all that follows. `bytes` begin with a request.
    private func decode(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        arrival = .decoded
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandlers(
                ByteToMessageHandler(RequestDecoder(connection: self)), DecodedParts(for: self),
                position: .before(self))
        } catch {
            // The connection is gone already.
            return close()
        }
        pipeline.fireChannelRead(NIOAny(bytes))
    }

    /// The client sends no more. It may have closed only its own half, so what it asked before is answered.
    func receiveEndOfInput() {
        switch arrival {
        case .head where unread == nil: break
        case .head, .body: answerUnreadable(with: .endsInsideRequest())
        case .decoded: break
        }
        finishIntake()
        lingers = false
        emit()
    }
}

extension APIError {
    /// Says what the parser met, in the words of whoever wrote the request.
    static func notHTTP(_ error: HTTPParserError) -> APIError {
        let reason =
            switch error {
            case .invalidConstant, .invalidVersion, .invalidMethod:
                "the first line is a method, a path without spaces, and HTTP/1.1"
            case .invalidContentLength, .unexpectedContentLength:
                "there is one Content-Length, a number, and none beside Transfer-Encoding"
            case .invalidHeaderToken:
                "the name or the value of a header field holds a character that is not allowed there"
            case .invalidChunkSize:
                "the size of a chunk is a hexadecimal number that ends with CR LF"
            default:
                "each line of the header ends with CR LF, and an empty one follows the last"
            }
        return .invalidArgument("this is not a valid HTTP/1.1 request: \(reason)")
    }

    static func endsInsideRequest() -> APIError {
        .invalidArgument("the connection ended inside a request; nothing of that request was carried out")
    }
}
