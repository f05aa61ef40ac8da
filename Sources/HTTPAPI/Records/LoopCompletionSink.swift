internal import HotPath
internal import NIOCore

/// Brings completions from any thread to one HTTP loop, one hop for each batch.
final class LoopCompletionSink: CompletionSink {
    private let eventLoop: any EventLoop
    private let loop: NIOLoopBoundBox<HTTPLoop>

    init(_ loop: NIOLoopBoundBox<HTTPLoop>, on eventLoop: any EventLoop) {
        self.loop = loop
        self.eventLoop = eventLoop
    }

    func post(_ completions: [Completion]) {
        if eventLoop.inEventLoop {
            loop.value.deliver(completions)
        } else {
            eventLoop.execute { [loop] in loop.value.deliver(completions) }
        }
    }
}
