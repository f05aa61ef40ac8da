internal import RaftCore

/// Answers of this node's users that no apply has to wait for, collected over a turn: outcomes that came from the
/// leader, reads that may be served, failures. They leave after the log job and the messages to peers, because writing
/// a hundred answers to their sockets takes longer than all that other nodes and the disk wait for.
///
/// Expiry: an answer leaves at the end of the turn that it was collected in; one that was collected between two turns,
/// at the end of the next.
struct Answers {
    /// One batch per sink, in the order of `RequestTag.sink`.
    private var batches: [[Completion]]

    init(sinkCount: Int) { batches = Array(repeating: [], count: sinkCount) }

    mutating func append(_ tag: RequestTag, _ outcome: Outcome) {
        batches[Int(tag.sink)].append(Completion(tag: tag, outcome: outcome))
    }

    func isEmpty(for sink: Int) -> Bool { batches[sink].isEmpty }

    /// Takes out the answers for one sink, in the order in which they were collected.
    mutating func take(for sink: Int) -> [Completion] {
        var batch: [Completion] = []
        swap(&batch, &batches[sink])
        return batch
    }

    /// Keeps the storage of a batch that was handed over, for the next one.
    mutating func giveBack(_ storage: [Completion], for sink: Int) {
        precondition(storage.isEmpty, "answers that were handed over are given back")
        if batches[sink].isEmpty { batches[sink] = storage }
    }
}
