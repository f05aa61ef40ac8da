internal import HotPath
internal import NIOCore

/// Brings completions from any thread to the connections of one event loop, one hop for each batch.
final class LoopCompletionSink: CompletionSink {
    private let eventLoop: any EventLoop
    private let table: NIOLoopBoundBox<ConnectionTable>

    init(_ table: NIOLoopBoundBox<ConnectionTable>, on eventLoop: any EventLoop) {
        self.table = table
        self.eventLoop = eventLoop
    }

    func post(_ completions: [Completion]) {
        if eventLoop.inEventLoop {
            table.value.deliver(completions)
        } else {
            eventLoop.execute { [table] in table.value.deliver(completions) }
        }
    }
}
