internal import NIOCore
internal import NIOPosix
internal import NodeControl

extension NIOThreadPool: Maintenance {
    func run<Value: Sendable>(
        on eventLoop: any EventLoop, _ body: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        runIfActive(eventLoop: eventLoop, body)
    }
}
