internal import DequeModule
internal import RaftCore

/// Linearizable reads from their arrival until they may be served: first they wait for an index that a majority
/// confirms, then until this node's state machine has applied that index (thesis 6.4).
///
/// ```
///               take                  awaitApply               takeApplied
/// append ──► unconfirmed ──► index ──► confirmed ──► applied ──► the state may be read
///                 │ takeOverdue, endLink    │ takeStuck
///                 │                         └──► given up: the users have long been answered
///                 └──► asked again, as long as the users wait
/// ```
///
/// Expiry: a batch that another node was asked for is asked again after `retryNanoseconds` (`takeOverdue`) or when the
/// link to that node is gone (`endLink`), because request or answer may have been lost. A batch at this node's own core
/// needs no clock: the core answers it at the latest when leadership ends. A confirmed batch waits until its index is
/// applied, and is given up after `applyWaitNanoseconds` (`takeStuck`): a node that was removed after its question is sent
/// nothing more, and does not know.
struct PendingReadIndex {
    private var unconfirmed: Deque<ReadBatch> = []
    /// In the order in which they were confirmed.
    private var confirmed: Deque<(index: LogIndex, tags: [RequestTag], since: Instant)> = []
    private let retryNanoseconds: UInt64
    private let applyWaitNanoseconds: UInt64

    init(retryNanoseconds: UInt64, applyWaitNanoseconds: UInt64) {
        self.retryNanoseconds = retryNanoseconds
        self.applyWaitNanoseconds = applyWaitNanoseconds
    }

    var isEmpty: Bool { unconfirmed.isEmpty && confirmed.isEmpty }

    /// Something waits for an answer that may be overdue, or for another look at the applied index.
    var needsClock: Bool { !isEmpty }

    /// Reads wait for the state machine.
    var awaitsApply: Bool { !confirmed.isEmpty }

    // MARK: Confirmation

    mutating func append(_ batch: ReadBatch) { unconfirmed.append(batch) }

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
    mutating func take(_ id: UInt64, askedOf leader: NodeID) -> [RequestTag]? {
        guard let place = unconfirmed.firstIndex(where: { $0.leader == leader && $0.id == id }) else { return nil }
        return tags(of: unconfirmed.remove(at: place))
    }

    /// Takes out the reads of the first batch if another node was asked for it too long ago. Call again until nil.
    mutating func takeOverdue(now: Instant) -> [RequestTag]? {
        guard let first = unconfirmed.first, first.leader != nil,
            now.nanoseconds(since: first.askedAt) > retryNanoseconds
        else { return nil }
        return tags(of: unconfirmed.removeFirst())
    }

    /// The link to `peer` is gone. Returns the reads that it was asked for, one element per batch, to be asked again.
    /// Batches that it asked for are dropped.
    mutating func endLink(to peer: NodeID) -> [[RequestTag]] {
        guard !unconfirmed.isEmpty else { return [] }
        var asked: [[RequestTag]] = []
        for batch in unconfirmed where batch.leader == peer { asked.append(tags(of: batch)) }
        unconfirmed.removeAll { $0.leader == peer || $0.isAsked(by: peer) }
        return asked
    }

    /// Takes out the reads of users that are confirmed, or that another node was asked for.
    mutating func takeAllOfUsers() -> [RequestTag] {
        var all: [RequestTag] = []
        for batch in unconfirmed where batch.leader != nil { all += tags(of: batch) }
        unconfirmed.removeAll { $0.leader != nil }
        for batch in confirmed { all += batch.tags }
        confirmed.removeAll()
        return all
    }

    private func tags(of batch: ReadBatch) -> [RequestTag] {
        guard case .local(let tags) = batch.origin else {
            preconditionFailure("the read \(batch.id), which no user asked for, went to another node")
        }
        return tags
    }

    // MARK: Apply

    /// The reads may be served once the state machine has applied `index`.
    mutating func awaitApply(of index: LogIndex, _ tags: [RequestTag], now: Instant) {
        confirmed.append((index, tags, now))
    }

    /// Takes out the reads whose index was not applied for too long.
    mutating func takeStuck(now: Instant) -> [RequestTag] {
        var stuck: [RequestTag] = []
        while let first = confirmed.first, now.nanoseconds(since: first.since) > applyWaitNanoseconds {
            stuck += first.tags
            confirmed.removeFirst()
        }
        return stuck
    }

    /// Answers the reads that may be served now; returns how many.
    mutating func takeApplied(through applied: LogIndex, answers: inout Answers) -> Int {
        var count = 0
        for (index, tags, _) in confirmed where index <= applied {
            for tag in tags { answers.append(tag, .readable) }
            count += tags.count
        }
        confirmed.removeAll { $0.index <= applied }
        return count
    }
}
