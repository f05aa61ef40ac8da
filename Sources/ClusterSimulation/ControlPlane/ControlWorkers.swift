internal import HotPath
internal import NIOCore
internal import NodeControl
internal import RaftCore
internal import Storage

/// The threads of a process: the simulation does their work later, unless the process is gone by then.
///
/// `@unchecked Sendable`: the simulation has one thread.
final class ControlWorkers: LogWriter, LogReader, Applier, CompletionSink, Maintenance, StateComparer,
    @unchecked Sendable
{
    private unowned let world: ControlWorld
    /// Nil once the process is gone.
    weak var process: ControlProcess?

    init(_ world: ControlWorld) { self.world = world }

    func submit(_ job: LogJob) {
        if let process { world.didSubmit(job, process) }
    }

    func read(_ range: LogRange, bytesMax: Int, id: UInt64) {
        if let process { world.didAskForLog(range, bytesMax: bytesMax, id: id, process) }
    }

    func submit(_ job: ApplyJob) {
        if let process { world.didSubmit(job, process) }
    }

    /// Takes no time.
    func compare(_ range: KeyRange, at id: LogID) {
        guard let process else { return }
        do throws(StoreFailure) {
            let digest = try process.store.stateMachine.capture(range).digest { true }
            world.coverage.count(.comparisonDigest)
            process.core.mailbox.post(.digest(digest, at: id))
        } catch {
            process.core.mailbox.post(.digest(nil, at: id))
        }
    }

    /// The same.
    func findEnd(of start: [UInt8], bytes: Int) {
        guard let process else { return }
        do throws(StoreFailure) {
            let end = try process.store.stateMachine.endOfRange(from: start, bytes: bytes) { true }
            process.core.mailbox.post(.range(KeyRange(start: start, end: end)))
        } catch {
            process.core.mailbox.post(.range(nil))
        }
    }

    func post(_ completions: [Completion]) {
        guard let process else { return }
        for completion in completions { world.didAnswer(completion, process) }
    }

    func run<Value: Sendable>(
        on eventLoop: any EventLoop, _ body: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        let promise = eventLoop.makePromise(of: Value.self)
        guard let process else {
            promise.fail(ChannelError.ioOnClosedChannel)
            return promise.futureResult
        }
        world.maintain(
            process,
            ControlProcess.MaintenanceJob(
                work: {
                    let result = Result { try body() }
                    return { promise.completeWith(result) }
                }, fail: { promise.fail(ChannelError.ioOnClosedChannel) }))
        return promise.futureResult
    }
}
