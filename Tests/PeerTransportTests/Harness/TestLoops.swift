import NIOCore
import NIOPosix

/// The loops of one test and the nodes on them.
struct TestLoops: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let nodes: NIOLoopBoundBox<[TestNode]>

    init(_ count: Int) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        nodes = .makeBoxSendingValue([], eventLoop: group.next())
    }

    func next() -> any EventLoop { group.next() }

    func add(_ node: TestNode) async throws {
        try await nodes.eventLoop.submit { [nodes] in nodes.value.append(node) }.get()
    }

    func shutdown() async throws {
        for node in try await nodes.eventLoop.submit({ [nodes] in nodes.value }).get() { try await node.shutdown() }
        try await group.shutdownGracefully()
    }
}

/// Runs `body` with its own loops, and stops them and the nodes on them afterwards.
func withLoops(_ count: Int = 1, _ body: (TestLoops) async throws -> Void) async throws {
    let loops = TestLoops(count)
    do {
        try await body(loops)
    } catch {
        try await loops.shutdown()
        throw error
    }
    try await loops.shutdown()
}
