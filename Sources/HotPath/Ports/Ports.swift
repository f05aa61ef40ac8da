package import KeyValue
package import RaftCore

// The ports of the hot path: what it needs from time, disk, network and state machine. Each is called once per batch,
// never once per entry. Production adapters live in Storage, PeerTransport and SkiffServer; the simulator brings its
// own.

// MARK: Disk

/// A write, read or sync of the store failed. After a failed write or sync the process must stop: what is on disk is
/// unknown, and a later sync that succeeds proves nothing (Rebello et al., "Can Applications Recover from fsync
/// Failures?", 2020).
package struct StoreFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let operation: String
    package let message: String

    package init(operation: String, message: String) {
        self.operation = operation
        self.message = message
    }

    package var description: String { "\(operation): \(message)" }
}

/// One turn's worth of log writes.
package struct LogJob: Sendable {
    /// Rises by one with each job of a replica.
    package var sequence: UInt64
    /// Entries from here on are removed before `entries` are written.
    package var truncateFrom: LogIndex?
    /// Consecutive entries.
    package var entries: [Entry]
    /// To be stored in the same batch, or nil if unchanged.
    package var hardState: HardState?
    /// What is durable once this job and all before it are.
    package var notice: FlushNotice

    package init(
        sequence: UInt64, truncateFrom: LogIndex?, entries: [Entry], hardState: HardState?, notice: FlushNotice
    ) {
        self.sequence = sequence
        self.truncateFrom = truncateFrom
        self.entries = entries
        self.hardState = hardState
        self.notice = notice
    }

    /// Size of the entries in bytes.
    package var bytes: Int { entries.reduce(0) { $0 + $1.encodedBytes } }
}

/// The Raft log and the hard state on disk.
package protocol LogStore: AnyObject, Sendable {
    /// Writes all jobs in order as one atomic batch and returns when it is durable. Log thread only.
    func append(_ jobs: [LogJob]) throws(StoreFailure)
    /// Reads entries of a durable range from its start, as many as fit `bytesMax`, at least one; none if the first is
    /// not there, because another leader's entries took its place. Checks their checksums. Any thread.
    func entries(in range: LogRange, bytesMax: Int) throws(StoreFailure) -> [Entry]
}

/// Where committed commands take effect.
package protocol StateMachine: AnyObject, Sendable {
    /// Applies consecutive committed entries, of all kinds, as one atomic batch that includes the new applied index,
    /// and appends one result per command to `results`. Deterministic. Apply thread only.
    func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure)
    /// The index of the last entry applied, 0 if none. Any thread.
    var appliedIndex: LogIndex { get }
    /// The revision of the last change applied. Any thread.
    var revision: UInt64 { get }
}

/// Point reads of the state machine.
package protocol KeyValueReader: AnyObject, Sendable {
    /// Calls `body` with the encoded record of `key` (`KeyValue.RecordView`), or nil if there is none. The bytes are
    /// valid only within `body`. May wait for the disk: any thread but an event loop's.
    func withRecord(forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void) throws(StoreFailure)

    /// The same without waiting. False, and `body` was not called, if memory does not tell. Any thread.
    func withRecordInMemory(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) -> Bool
}

// MARK: Threads behind the replica

/// Takes log jobs in order and answers each with a durability notice, later, through the replica's mailbox.
package protocol LogWriter: AnyObject {
    func submit(_ job: LogJob)
}

/// Reads ranges of the log off the loop and posts `MailboxItem.logRead` when done.
package protocol LogReader: AnyObject {
    func read(_ range: LogRange, bytesMax: Int, token: UInt64)
}

/// Takes committed ranges in order, applies them, posts completions to the sinks and the applied index to the mailbox.
package protocol Applier: AnyObject {
    func submit(_ job: ApplyJob)
}

/// Committed entries on their way into the state machine.
package struct ApplyJob: Sendable {
    /// Who waits for the commands of one entry: a tag per command, in order.
    package struct Waiters: Sendable {
        package var index: LogIndex
        package var tags: [RequestTag]
        /// What this node admitted of the commands, as `Admission` counts them, and their size: given back with the
        /// answers.
        package var admittedCommands: Int
        package var admittedBytes: Int

        package init(index: LogIndex, tags: [RequestTag], admittedCommands: Int, admittedBytes: Int) {
            self.index = index
            self.tags = tags
            self.admittedCommands = admittedCommands
            self.admittedBytes = admittedBytes
        }
    }

    package var range: LogRange
    /// The entries of `range` from memory; empty if they must be read from the log (after a restart).
    package var entries: [Entry]
    /// Ordered by index.
    package var waiters: [Waiters]

    package init(range: LogRange, entries: [Entry], waiters: [Waiters]) {
        self.range = range
        self.entries = entries
        self.waiters = waiters
    }
}

// MARK: Network and time

/// The links to other nodes. Confined to the replica's loop.
package protocol PeerLinks: AnyObject {
    /// Queues a message; dropped if there is no link, because every protocol above retries or fails by itself.
    func send(_ message: PeerMessage, to peer: NodeID)
    /// Puts everything queued since the last call on the wire: one flush per peer.
    func flush()
    /// Whether a handshake with this peer has completed and its link is open.
    func isLinked(to peer: NodeID) -> Bool
    /// Keeps links to exactly these members (this node excluded), under these addresses.
    func membersChanged(_ members: [Member])
}

/// The monotonic clock and one timer. Confined to the replica's loop.
package protocol Timekeeper: AnyObject {
    var now: Instant { get }
    /// Wakes the replica at `deadline` or a little later. A later call may replace an earlier one.
    func wake(at deadline: Instant)
}
