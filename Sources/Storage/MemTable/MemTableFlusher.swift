internal import HotPath

/// The flush thread: hands full tables, oldest first, to a destination that makes each a file of the database.
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

    private let destination: any TableDestination
    private let monitor = Monitor()
    /// Tables that are not in the database, oldest first.
    private var waiting: [MemTable] = []
    private var submitted = 0
    private var discards = 0
    private var isWriting = false
    private var isClosed = false
    private var failure: StoreFailure?
    private var failureHandler: (@Sendable (StoreFailure) -> Void)?
    private var thread: DedicatedThread?

    init(to destination: any TableDestination) {
        self.destination = destination
        thread = DedicatedThread(name: "skiff-flush") { [self] in run() }
    }

    /// Sets the handler that is called once, on the flush thread, if a table cannot be written: after a failed sync the
    /// content of the disk is unknown, and the node must not continue (rule R3 of `Docs/HotPath.md`). Any thread.
    func onFailure(_ handler: @escaping @Sendable (StoreFailure) -> Void) {
        monitor.withLock { failureHandler = handler }
    }

    /// Takes a table that receives no more versions.
    func submit(_ table: MemTable) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            if let failure { throw failure }
            precondition(!isClosed, "a table is handed to a flush thread that has ended")
            waiting.append(table)
            submitted += 1
        }
        monitor.signal()
    }

    /// Whether at most `count` submitted tables are not in the database yet.
    func isWaiting(withAtMost count: Int) -> Bool { monitor.withLock { waiting.count <= count } }

    /// Waits until at most `count` submitted tables are not in the database yet.
    func wait(untilAtMost count: Int) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            while waiting.count > count, failure == nil { monitor.wait() }
            if let failure { throw failure }
        }
    }

    /// For all tables that were submitted so far.
    var ticket: Ticket { monitor.withLock { Ticket(submitted: submitted, discards: discards) } }

    /// Waits until the tables of a ticket are in the database. Tables that are submitted meanwhile do not count.
    func wait(for ticket: Ticket) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            while submitted - waiting.count < ticket.submitted, failure == nil, discards == ticket.discards {
                monitor.wait()
            }
            if let failure { throw failure }
            if discards != ticket.discards {
                throw StoreFailure(
                    operation: "write the key-value data", message: "the history of this node was removed meanwhile")
            }
        }
    }

    /// Forgets the tables that are not in the database yet. When this returns, the thread uses none of them.
    func discard() {
        monitor.withLock {
            // The thread may be writing the first one.
            while isWriting { monitor.wait() }
            waiting.removeAll()
            discards += 1
        }
        monitor.signal()
    }

    /// Writes all submitted tables, unless a write failed before, and ends the thread.
    func close() {
        monitor.withLock { isClosed = true }
        destination.hurry()
        monitor.signal()
        thread?.join()
        thread = nil
    }

    // MARK: The thread

    private func run() {
        while let table = next() {
            let result = Result { () throws(StoreFailure) in try destination.write(table) }
            let handler: (@Sendable (StoreFailure) -> Void)? = monitor.withLock {
                isWriting = false
                switch result {
                case .success:
                    waiting.removeFirst()
                    return nil
                case .failure(let error):
                    failure = error
                    return failureHandler
                }
            }
            monitor.signal()
            if case .failure(let error) = result { handler?(error) }
        }
    }

    /// The oldest table; nil when the thread must end.
    private func next() -> MemTable? {
        monitor.withLock {
            while waiting.isEmpty, !isClosed { monitor.wait() }
            guard failure == nil, let first = waiting.first else { return nil }
            isWriting = true
            return first
        }
    }
}
