internal import DequeModule
internal import KeyValue
internal import RaftCore

/// The state of the apply thread: batches of entries on their way into the state machine, and who waits for their
/// results. Also driven directly, without a thread, by tests and the simulator.
package struct ApplyWorker: ~Copyable {
    private let stateMachine: any StateMachine
    private let log: any LogStore
    private let sinks: [any CompletionSink]
    private let mailbox: Mailbox
    private let admission: Admission
    private let board: StatusBoard
    private let appliedInterest: AppliedInterest
    private let comparer: (any StateComparer)?

    /// Consecutive entries that the next batch applies, with their size and number of commands and operations.
    private var batch: [Entry] = []
    private var batchBytes = 0
    private var batchCommands = 0
    private var batchOperations = 0
    /// Ordered by index; those of entries in `batch` or after it.
    private var waiters: Deque<ApplyJob.Waiters> = []
    private var results: [CommandResult] = []
    /// One array per sink, filled and posted per batch.
    private var completions: [[Completion]]
    private var forwardCompletions: [Completion] = []

    package init(
        stateMachine: any StateMachine, log: any LogStore, sinks: [any CompletionSink], mailbox: Mailbox,
        admission: Admission, board: StatusBoard, appliedInterest: AppliedInterest,
        comparer: (any StateComparer)? = nil
    ) {
        self.stateMachine = stateMachine
        self.log = log
        self.sinks = sinks
        self.mailbox = mailbox
        self.admission = admission
        self.board = board
        self.appliedInterest = appliedInterest
        self.comparer = comparer
        completions = Array(repeating: [], count: sinks.count)
    }

    /// Applies jobs in order, in batches within `ReplicaLimits`.
    package mutating func apply(_ jobs: [ApplyJob]) throws(StoreFailure) {
        for job in jobs {
            waiters.append(contentsOf: job.waiters)
            var next = job.range.lower
            while next < job.range.upper {
                let entries =
                    job.entries.isEmpty
                    ? try log.entries(in: LogRange(next, job.range.upper), bytesMax: ReplicaLimits.applyBatchBytesMax)
                    : job.entries
                guard !entries.isEmpty else {
                    throw StoreFailure(operation: "apply", message: "the committed entry \(next) is not in the log")
                }
                for entry in entries {
                    precondition(entry.id.index == next, "entry \(entry.id) arrived for apply at index \(next)")
                    let operationCount = entry.operationCount
                    if !hasRoom(for: entry, of: operationCount) { try applyBatch() }
                    batch.append(entry)
                    batchBytes += entry.encodedBytes
                    batchCommands += entry.commandCount
                    batchOperations += operationCount
                    next = next.next
                    // The state is compared as it is after this entry, so the batch ends with it. Whoever waits for
                    // the digest is gone if the entry comes from the disk, after a restart.
                    if entry.kind == .comparison {
                        try applyBatch(comparing: job.entries.isEmpty ? nil : entry)
                    }
                }
            }
        }
        try applyBatch()
        precondition(waiters.isEmpty, "waiters are left over for entries that were not applied")
    }

    private func compare(at entry: Entry) throws(StoreFailure) {
        guard let comparer else { return }
        do throws(CodecError) {
            comparer.compare(try KeyRange(payload: entry.payload), at: entry.id)
        } catch {
            throw StoreFailure(operation: "apply entry \(entry.id)", message: "\(error)")
        }
    }

    private func hasRoom(for entry: Entry, of operationCount: Int) -> Bool {
        batch.isEmpty
            || (batchBytes + entry.encodedBytes <= ReplicaLimits.applyBatchBytesMax
                && batchOperations + operationCount <= ReplicaLimits.applyBatchCommandsMax)
    }

    /// The report to the replica comes last: then this thread has nothing more to do with the state after the batch,
    /// which a snapshot may replace.
    private mutating func applyBatch(comparing comparison: Entry? = nil) throws(StoreFailure) {
        guard let last = batch.last else { return }
        results.removeAll(keepingCapacity: true)
        try stateMachine.apply(batch, results: &results)
        precondition(results.count == batchCommands, "\(batchCommands) commands gave \(results.count) results")
        board.publish(appliedIndex: last.id.index, revision: stateMachine.revision)
        answerWaiters()
        if batch.contains(where: { $0.kind == .verdict || $0.kind == .configuration }) {
            mailbox.post(verdicts: stateMachine.verdicts)
        }
        batch.removeAll(keepingCapacity: true)
        batchBytes = 0
        batchCommands = 0
        batchOperations = 0
        if let comparison { try compare(at: comparison) }
        mailbox.post(applied: last.id.index)
        if appliedInterest.isRaised { mailbox.requestTurn() }
    }

    private mutating func answerWaiters() {
        var firstResult = 0
        for entry in batch {
            if let waiting = waiters.first, waiting.index == entry.id.index {
                waiters.removeFirst()
                precondition(
                    waiting.tags.count == entry.commandCount,
                    "entry \(entry.id) has \(entry.commandCount) commands and \(waiting.tags.count) waiters")
                for (offset, tag) in waiting.tags.enumerated() {
                    let completion = Completion(tag: tag, outcome: .written(results[firstResult + offset]))
                    if tag.sink == RequestTag.forwardSink {
                        forwardCompletions.append(completion)
                    } else {
                        completions[Int(tag.sink)].append(completion)
                    }
                }
                admission.release(commands: waiting.admittedCommands, bytes: waiting.admittedBytes)
            }
            firstResult += entry.commandCount
        }
        for index in completions.indices where !completions[index].isEmpty {
            sinks[index].post(completions[index])
            completions[index].removeAll(keepingCapacity: true)
        }
        if !forwardCompletions.isEmpty {
            mailbox.post(forwardCompletions: forwardCompletions)
            forwardCompletions.removeAll(keepingCapacity: true)
        }
    }
}
