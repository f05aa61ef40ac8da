/// The log thread: takes all jobs that gathered while the last batch was being synced, writes them as one batch, and
/// posts one durability notice (group commit).
///
/// ```
/// replica   ──job 7──job 8──job 9──────────job 10───►        one FIFO queue
/// log       │  write 7 │ sync │  write 8–9 │ sync │  write 10 …
/// mailbox               flushed 7           flushed 9
/// ```
///
/// The queue is strictly first in, first out: a later job may overwrite earlier indexes, but never comes before an
/// earlier job. There is no timer: a batch is all that arrived during the last sync, so one writer waits for nothing
/// and many share a sync. Any failure is fatal for the process: nobody knows what is on disk, and a repeated sync that
/// succeeds proves nothing.
package final class GroupCommit: LogWriter, Sendable {
    private let queue = BatchQueue<LogJob>()
    private let thread: DedicatedThread
    private let store: any LogStore

    /// `onFailure` is called on the log thread when a write or a sync failed and must end the process.
    package init(store: any LogStore, mailbox: Mailbox, onFailure: @escaping @Sendable (StoreFailure) -> Never) {
        self.store = store
        let queue = queue
        thread = DedicatedThread(name: "skiff-log") {
            var jobs: [LogJob] = []
            while queue.take(into: &jobs) {
                Self.write(jobs, to: store, mailbox: mailbox, onFailure: onFailure)
                jobs.removeAll(keepingCapacity: true)
            }
        }
    }

    package func submit(_ job: LogJob) { queue.append(job) }

    package var times: LogTimes { store.times }

    /// Finishes all submitted jobs and ends the thread. Nothing may be submitted afterwards.
    package func shutdown() {
        queue.close()
        thread.join()
    }

    private static func write(
        _ jobs: [LogJob], to store: any LogStore, mailbox: Mailbox,
        onFailure: @Sendable (StoreFailure) -> Never
    ) {
        var start = 0
        while start < jobs.count {
            var end = start + 1
            var bytes = jobs[start].bytes
            let installation = jobs[start].installation
            while installation == nil, end < jobs.count, jobs[end].installation == nil,
                bytes + jobs[end].bytes <= ReplicaLimits.logBatchBytesMax
            {
                bytes += jobs[end].bytes
                end += 1
            }
            do throws(StoreFailure) {
                if let installation {
                    try installation.carryOut()
                    mailbox.post(installation.news)
                } else {
                    try store.append(Array(jobs[start..<end]))
                }
            } catch {
                onFailure(error)
            }
            mailbox.post(flushed: jobs[end - 1].sequence, notice: jobs[end - 1].notice)
            start = end
        }
    }
}
