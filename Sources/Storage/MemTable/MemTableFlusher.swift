internal import Glibc
internal import HotPath

/// The flush thread: hands full tables, oldest first, to a destination that makes each a file of the database. Without
/// a thread of its own it is driven by steps, and whoever would wait for the thread takes them.
///
/// After the first failure nothing is written any more, and every waiting caller gets the failure.
///
/// `@unchecked Sendable`: mutable state is touched only with `monitor` locked.
final class MemTableFlusher: @unchecked Sendable {
    /// The tables that were submitted up to some moment.
    struct Ticket {
        fileprivate let submitted: Int
        fileprivate let discards: Int
    }

    private struct Waiting {
        let table: MemTable
        let family: any EngineFamily
    }

    private let destination: any TableDestination
    private let hasThread: Bool
    private let monitor = Monitor()
    /// Tables that are not in the database, oldest first.
    private var waiting: [Waiting] = []
    /// Whether the destination has prepared the oldest one.
    private var isPrepared = false
    private var submitted = 0
    private var discards = 0
    /// The number of threads that wait for their ticket.
    private var awaited = 0
    private var isWriting = false
    private var isClosed = false
    private var failure: StoreFailure?
    private var failureHandler: (@Sendable (StoreFailure) -> Void)?
    private var thread: DedicatedThread?

    init(to destination: any TableDestination, hasThread: Bool = true) {
        self.destination = destination
        self.hasThread = hasThread
        guard hasThread else { return }
        thread = DedicatedThread(name: "skiff-flush") { [self] in
            while waitForTable() {
                // RocksDB's C API has no notice of the end of a compaction.
                if step() == .waitsForCompaction { usleep(10_000) }
            }
        }
    }

    /// Sets the handler that is called once, on the flush thread, if a table cannot be written: after a failed sync the
    /// content of the disk is unknown, and the node must not continue (rule R3 of `Docs/HotPath.md`). Any thread.
    func onFailure(_ handler: @escaping @Sendable (StoreFailure) -> Void) {
        monitor.withLock { failureHandler = handler }
    }

    /// Takes a table that receives no more versions and belongs into `family`.
    func submit(_ table: MemTable, over family: any EngineFamily) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            if let failure { throw failure }
            precondition(!isClosed, "a table is handed to a flush thread that has ended")
            waiting.append(Waiting(table: table, family: family))
            submitted += 1
            if waiting.count > 1 { destination.setHurry(true) }
        }
        monitor.signal()
    }

    /// Whether at most `count` submitted tables are not in the database yet.
    func isWaiting(withAtMost count: Int) -> Bool { monitor.withLock { waiting.count <= count } }

    /// Waits until at most `count` submitted tables are not in the database yet.
    func wait(untilAtMost count: Int) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            try waitWhile { waiting.count > count }
        }
    }

    /// For all tables that were submitted so far.
    var ticket: Ticket { monitor.withLock { Ticket(submitted: submitted, discards: discards) } }

    /// Waits until the tables of a ticket are in the database. Tables that are submitted meanwhile do not count.
    func wait(for ticket: Ticket) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            awaited += 1
            defer { awaited -= 1 }
            if !waiting.isEmpty { destination.setHurry(true) }
            try waitWhile { submitted - waiting.count < ticket.submitted && discards == ticket.discards }
            if discards != ticket.discards {
                throw StoreFailure(
                    operation: "write the key-value data", message: "the history of this node was removed meanwhile")
            }
        }
    }

    /// Returns when `condition` has become false, and throws if a table cannot be written. With `monitor` locked.
    private func waitWhile(_ condition: () -> Bool) throws(StoreFailure) {
        while condition(), failure == nil {
            if hasThread {
                monitor.wait()
            } else {
                monitor.unlock()
                // Nobody else can bring the compaction forward while this thread waits.
                _ = step(waitingForCompaction: false)
                monitor.lock()
            }
        }
        if let failure { throw failure }
    }

    /// Forgets the tables that are not in the database yet. When this returns, the thread uses none of them.
    func discard() {
        monitor.withLock {
            // The thread may be writing the first one, at its leisure.
            if isWriting { destination.setHurry(true) }
            while isWriting { monitor.wait() }
            waiting.removeAll()
            isPrepared = false
            discards += 1
        }
        monitor.signal()
    }

    /// Ends the thread, after it has written all submitted tables, unless a write failed before. Without a thread
    /// nothing is written any more.
    func close() {
        monitor.withLock { isClosed = true }
        destination.close()
        monitor.signal()
        thread?.join()
        thread = nil
    }

    // MARK: The work

    /// Does the next piece of work for the oldest table. One thread at a time.
    func step(waitingForCompaction: Bool = true) -> FlushStep {
        guard let (next, isPrepared) = next() else { return .nothing }
        let result = Result { () throws(StoreFailure) -> FlushStep in
            if !isPrepared {
                try destination.prepare(next.table)
                return .wroteFile
            }
            if waitingForCompaction, !(try destination.mayEnter(next.family)) { return .waitsForCompaction }
            try destination.enter(next.table, into: next.family)
            return .entered
        }
        let handler: (@Sendable (StoreFailure) -> Void)? = monitor.withLock {
            isWriting = false
            switch result {
            case .success(.wroteFile): self.isPrepared = true
            case .success(.entered):
                waiting.removeFirst()
                self.isPrepared = false
            case .success(.nothing), .success(.waitsForCompaction), .success(.failed): break
            case .failure(let error):
                failure = error
                return failureHandler
            }
            return nil
        }
        monitor.signal()
        switch result {
        case .success(let step): return step
        case .failure(let error):
            handler?(error)
            return .failed
        }
    }

    /// The oldest table, which is then being written, and whether it is prepared.
    private func next() -> (Waiting, isPrepared: Bool)? {
        monitor.withLock {
            guard failure == nil, !isClosed || hasThread, let first = waiting.first else { return nil }
            isWriting = true
            destination.setHurry(waiting.count > 1 || awaited > 0)
            return (first, isPrepared)
        }
    }

    /// Waits for a table. False if the thread must end.
    private func waitForTable() -> Bool {
        monitor.withLock {
            while waiting.isEmpty, !isClosed { monitor.wait() }
            return failure == nil && !waiting.isEmpty
        }
    }
}
