internal import KeyValue
internal import RaftCore

/// The apply thread: takes all committed entries that gathered, applies them as one batch, publishes the applied index
/// and answers whoever waits, once per completion sink.
package final class ApplyLoop: Applier, Sendable {
    private let queue = BatchQueue<ApplyJob>()
    private let thread: DedicatedThread

    /// `sinks` are those of the HTTP loops, in the order of `RequestTag.sink`. `onFailure` must end the process.
    package init(
        stateMachine: any StateMachine, log: any LogStore, sinks: [any CompletionSink], mailbox: Mailbox,
        admission: Admission, board: StatusBoard, appliedInterest: AppliedInterest,
        comparer: (any StateComparer)? = nil, onFailure: @escaping @Sendable (StoreFailure) -> Never
    ) {
        let queue = queue
        thread = DedicatedThread(name: "skiff-apply") {
            var worker = ApplyWorker(
                stateMachine: stateMachine, log: log, sinks: sinks, mailbox: mailbox, admission: admission,
                board: board, appliedInterest: appliedInterest, comparer: comparer)
            var jobs: [ApplyJob] = []
            while queue.take(into: &jobs) {
                do throws(StoreFailure) {
                    try worker.apply(jobs)
                } catch {
                    onFailure(error)
                }
                jobs.removeAll(keepingCapacity: true)
            }
        }
    }

    package func submit(_ job: ApplyJob) { queue.append(job) }

    /// Applies all submitted jobs and ends the thread. Nothing may be submitted afterwards.
    package func shutdown() {
        queue.close()
        thread.join()
    }
}
