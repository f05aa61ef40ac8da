internal import DequeModule
internal import RaftCore

/// Linearizable reads from their arrival until they may be served: first they wait for an index that a majority
/// confirms, then until this node's state machine has applied that index (thesis 6.4).
///
/// ```
///               take                  awaitApply               takeApplied
/// append ──► unconfirmed ──► index ──► confirmed ──► applied ──► the state may be read
///                 │ takeUnanswered, endLink
///                 └──► asked again, as long as the users wait
/// ```
///
/// Expiry: a batch that another node was asked for is asked again after `retryNanoseconds` (`takeUnanswered`) or when
/// the link to that node is gone (`endLink`), because request or answer may have been lost. The core answers a batch at
/// the latest when leadership ends, and a confirmed batch is served when its index is applied; neither has to happen in
/// time, so every batch ends at its deadline (`takeOverdue`), which asking again does not move.
struct PendingReadIndex {
    /// Reads of users, with the time of their arrival.
    typealias Reads = (tags: [RequestTag], arrivedAt: Instant)

    private var unconfirmed: Deque<ReadBatch> = []
    private var confirmed: Deque<(index: LogIndex, reads: Reads)> = []
    private var deadlines = NextDeadline()
    private let retryNanoseconds: UInt64
    private let waitNanoseconds: UInt64

    /// Reads end `waitNanoseconds` after their arrival.
    init(retryNanoseconds: UInt64, waitNanoseconds: UInt64) {
        self.retryNanoseconds = retryNanoseconds
        self.waitNanoseconds = waitNanoseconds
    }

    var isEmpty: Bool { unconfirmed.isEmpty && confirmed.isEmpty }

    /// Something waits for an answer that may be overdue, or for another look at the applied index.
    var needsClock: Bool { !isEmpty }

    /// Reads wait for the state machine.
    var awaitsApply: Bool { !confirmed.isEmpty }

    /// Until when reads that arrived at this time wait.
    func deadline(ofArrival arrival: Instant) -> Instant { arrival.advanced(byNanoseconds: waitNanoseconds) }

    // MARK: Confirmation

    mutating func append(_ batch: ReadBatch) {
        unconfirmed.append(batch)
        deadlines.include(batch.deadline)
    }

    /// How many batches of one peer wait for a confirmation.
    func count(askedBy peer: NodeID) -> Int { unconfirmed.count { $0.isAsked(by: peer) } }

    /// Takes out the batch that this node's own core has confirmed or refused; nil if nobody waits for it any more.
    mutating func take(_ id: ReadID) -> ReadBatch.Origin? {
        guard let place = unconfirmed.firstIndex(where: { $0.leader == nil && $0.id == id.rawValue }) else {
            return nil
        }
        return unconfirmed.remove(at: place).origin
    }

    /// Takes out the reads that `leader` was asked for under `id`; nil if nobody waits for them any more.
    mutating func take(_ id: UInt64, askedOf leader: NodeID) -> Reads? {
        guard let place = unconfirmed.firstIndex(where: { $0.leader == leader && $0.id == id }) else { return nil }
        return reads(of: unconfirmed.remove(at: place))
    }

    /// Takes out the reads of one batch if another node was asked for it too long ago. Call again until nil.
    mutating func takeUnanswered(now: Instant) -> Reads? {
        // They stand in the order in which they were asked, so the first that went to another node is the oldest.
        guard let place = unconfirmed.firstIndex(where: { $0.leader != nil }),
            now.nanoseconds(since: unconfirmed[place].askedAt) > retryNanoseconds
        else { return nil }
        return reads(of: unconfirmed.remove(at: place))
    }

    /// The link to `peer` is gone. Returns the reads that it was asked for, one element per batch, to be asked again.
    /// Batches that it asked for are dropped.
    mutating func endLink(to peer: NodeID) -> [Reads] {
        guard !unconfirmed.isEmpty else { return [] }
        var asked: [Reads] = []
        for batch in unconfirmed where batch.leader == peer { asked.append(reads(of: batch)) }
        unconfirmed.removeAll { $0.leader == peer || $0.isAsked(by: peer) }
        return asked
    }

    /// Takes out the reads of users that are confirmed, or that another node was asked for.
    mutating func takeAllOfUsers() -> [RequestTag] {
        var all: [RequestTag] = []
        for batch in unconfirmed where batch.leader != nil { all += reads(of: batch).tags }
        unconfirmed.removeAll { $0.leader != nil }
        for (_, reads) in confirmed { all += reads.tags }
        confirmed.removeAll()
        return all
    }

    private func reads(of batch: ReadBatch) -> Reads {
        guard case .local(let tags, let arrivedAt) = batch.origin else {
            preconditionFailure("the read \(batch.id), which no user asked for, went to another node")
        }
        return (tags, arrivedAt)
    }

    // MARK: Apply

    /// The reads may be served once the state machine has applied `index`.
    mutating func awaitApply(of index: LogIndex, _ reads: Reads) {
        confirmed.append((index, reads))
        deadlines.include(deadline(ofArrival: reads.arrivedAt))
    }

    /// Takes out the reads of users that wait for `index` or more.
    mutating func takeConfirmed(from index: LogIndex) -> [RequestTag] {
        var taken: [RequestTag] = []
        for (awaited, reads) in confirmed where awaited >= index { taken += reads.tags }
        confirmed.removeAll { $0.index >= index }
        return taken
    }

    /// Answers the reads that may be served now; returns how many.
    mutating func takeApplied(through applied: LogIndex, answers: inout Answers) -> Int {
        var count = 0
        for (index, reads) in confirmed where index <= applied {
            for tag in reads.tags { answers.append(tag, .readable) }
            count += reads.tags.count
        }
        confirmed.removeAll { $0.index <= applied }
        return count
    }

    // MARK: Deadlines

    /// When `takeOverdue` may have something to do; nil if nothing waits.
    var nextDeadline: Instant? { deadlines.instant }

    /// Takes out what has waited for too long, whatever it waits for.
    mutating func takeOverdue(now: Instant) -> [ReadBatch.Origin] {
        guard deadlines.isReached(at: now) else { return [] }
        var overdue: [ReadBatch.Origin] = []
        for batch in unconfirmed where batch.deadline <= now { overdue.append(batch.origin) }
        unconfirmed.removeAll { $0.deadline <= now }
        let wait = waitNanoseconds
        for (_, reads) in confirmed where now.nanoseconds(since: reads.arrivedAt) >= wait {
            overdue.append(.local(reads.tags, arrivedAt: reads.arrivedAt))
        }
        confirmed.removeAll { now.nanoseconds(since: $0.reads.arrivedAt) >= wait }
        deadlines.reset()
        for batch in unconfirmed { deadlines.include(batch.deadline) }
        for (_, reads) in confirmed { deadlines.include(deadline(ofArrival: reads.arrivedAt)) }
        return overdue
    }
}
