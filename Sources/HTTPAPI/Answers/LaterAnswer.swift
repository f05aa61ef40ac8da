internal import HotPath
internal import NIOCore

/// The answer to one request that comes from outside of the event loop: from the control plane or from a thread that
/// reads all data. The request waits in the queue of its connection meanwhile. Any thread.
struct LaterAnswer: Sendable {
    private let tag: RequestTag
    private let options: AnswerOptions
    private let table: NIOLoopBound<ConnectionTable>
    private let eventLoop: any EventLoop

    /// Appends the request, which waits for this time. On the loop of `table`.
    init(
        to head: RequestHead, isWrite: Bool, timeoutMilliseconds: UInt64, _ answers: inout AnswerQueue,
        _ table: ConnectionTable
    ) {
        tag = answers.append(
            .prepared(isWrite: isWrite), .waiting, for: head, timeoutMilliseconds: timeoutMilliseconds, table.services)
        options = AnswerOptions(of: head)
        eventLoop = table.services.eventLoop
        self.table = NIOLoopBound(table, eventLoop: eventLoop)
    }

    /// Gives the answer that `write` writes, on the loop. Once; without effect if the time was up.
    func give(_ write: @escaping @Sendable (AnswerWriter, AnswerOptions, inout ByteBuffer) -> Void) {
        eventLoop.execute {
            let table = table.value
            var bytes = ByteBuffer()
            write(table.services.writer, options, &bytes)
            table.deliver(prepared: bytes, to: tag)
        }
    }

    /// Gives the answer at once, instead. On the loop.
    func give(now error: APIError, in answers: inout AnswerQueue) {
        var bytes = ByteBuffer()
        table.value.services.writer.write(error, options, to: &bytes)
        _ = answers.complete(tag.request, prepared: bytes)
    }
}
