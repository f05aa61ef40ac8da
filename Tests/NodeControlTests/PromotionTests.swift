import NIOCore
import NIOPosix
import RaftCore
import Testing

@testable import NodeControl

@Suite("A promotion that nobody waits for")
struct PromotionTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.any()

    /// Ends when it is cancelled.
    private func promotion() -> Task<Void, Never> {
        let tasks = ControlTasks(eventLoop: loop)
        return tasks.spawn { while await tasks.deadline(inMilliseconds: 600_000).pause() {} }
    }

    @Test("It ends when its member leaves, and when another one takes its place")
    func ends() async {
        let handle = ReplicaHandle(eventLoop: loop, tasks: ControlTasks(eventLoop: loop))
        let first = promotion()
        let second = promotion()
        let other = promotion()
        defer { other.cancel() }

        await handle.replacePromotion(of: "b", with: first)
        await handle.replacePromotion(of: "c", with: other)
        #expect(!first.isCancelled)
        await handle.replacePromotion(of: "b", with: second)
        await first.value
        #expect(!second.isCancelled)
        await handle.replacePromotion(of: "b", with: nil)
        await second.value

        #expect(first.isCancelled && second.isCancelled && !other.isCancelled)
    }

    @Test("A deadline that has passed waits no more, and a cancelled task neither")
    func deadline() async {
        let tasks = ControlTasks(eventLoop: loop)
        #expect(await !tasks.deadline(inMilliseconds: 0).pause())
        #expect(await !tasks.deadline(inMilliseconds: -5).pause())
        #expect(tasks.deadline(inMilliseconds: -5).remainingMilliseconds == 0)
        #expect(await tasks.deadline(inMilliseconds: 600_000).pause())

        let cancelled = Task { await tasks.deadline(inMilliseconds: 600_000).pause() }
        cancelled.cancel()
        #expect(await !cancelled.value)
    }
}
