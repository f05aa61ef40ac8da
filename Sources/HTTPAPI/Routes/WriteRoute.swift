internal import HotPath
internal import KeyValue
internal import NIOCore

/// A route whose answer is made when its command was applied.
protocol WriteRoute: Route {
    /// Writes the answer to a write that was applied. `repeated` is what the request left for it in the queue.
    static func writeAnswer(
        _ result: CommandResult, repeating repeated: UnsafeRawBufferPointer, _ options: AnswerOptions,
        by writer: AnswerWriter, to output: inout ByteBuffer)
}

extension WriteRoute {
    /// Hands a command to the replica and appends the request that waits for it.
    static func submit(
        _ header: CommandHeader, _ value: UnsafeRawBufferPointer, _ request: inout IncomingRequest,
        _ answers: inout AnswerQueue, _ services: LoopServices
    ) {
        let tag = answers.append(.write(self), .waiting, for: request.head, services)
        let isTaken = request.head.contentType.withUTF8 { contentType in
            request.key.withUnsafeBytes { key in
                services.gateway.submitWrite(
                    tag: tag, header: header, contentType: UnsafeRawBufferPointer(contentType), key: key, value: value)
            }
        }
        if !isTaken { answers.complete(tag.request, with: .failed(.overloaded), services) }
    }
}
