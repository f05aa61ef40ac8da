package import NIOCore

/// Where rare long work runs that waits for the disk, such as dropping a history before a join.
package protocol Maintenance: Sendable {
    /// Runs `body` elsewhere; the future completes on `eventLoop`. Fails once the place is closed.
    func run<Value: Sendable>(
        on eventLoop: any EventLoop, _ body: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value>
}
