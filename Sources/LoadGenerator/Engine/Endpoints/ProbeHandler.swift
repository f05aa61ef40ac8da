internal import NIOCore

/// Sends one request and reads one answer.
final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: ByteBuffer
    private let target: LoadTarget
    private let timeout: UInt64
    private let promise: EventLoopPromise<EndpointProbe.Finding>
    private var parser = ResponseParser()
    private var input = ByteBuffer()
    private var deadline: Scheduled<Void>?
    private var isDone = false

    init(request: ByteBuffer, target: LoadTarget, timeout: UInt64, promise: EventLoopPromise<EndpointProbe.Finding>) {
        self.request = request
        self.target = target
        self.timeout = timeout
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        let loop = context.eventLoop.assumeIsolated()
        let wait = min(timeout, EngineLimits.connectTimeoutMax)
        deadline = loop.scheduleTask(in: .nanoseconds(Int64(wait))) { self.finish(.unreachable(.timeout), context) }
        context.writeAndFlush(Self.wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = Self.unwrapInboundIn(data)
        input.writeBuffer(&buffer)
        var isComplete = false
        do throws(ResponseFailure) {
            let step = try input.withUnsafeReadableBytes { bytes throws(ResponseFailure) in
                try parser.parse(bytes, keepsBody: true)
            }
            input.moveReaderIndex(forwardBy: step.consumed)
            isComplete = step.isComplete
        } catch {
            return finish(.unreachable(FailureReason(error)), context)
        }
        if isComplete { finish(EndpointProbe.read(parser, target: target), context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(parser.endsWithConnection ? EndpointProbe.read(parser, target: target) : .unreachable(.closed), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.unreachable(FailureReason(ofSocket: error)), context)
    }

    private func finish(_ finding: EndpointProbe.Finding, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        isDone = true
        deadline?.cancel()
        promise.succeed(finding)
        context.close(promise: nil)
    }
}
