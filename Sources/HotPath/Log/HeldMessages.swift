internal import DequeModule
internal import RaftCore

/// Messages of the core that wait until a log job is durable, in order of the job (§5: "Updated on stable storage
/// before responding to RPCs").
///
/// Expiry: a message leaves when its job is durable (`popDurable`), however long the disk takes; only a restart of the
/// replica drops it. A later answer takes the place of one that it covers, so a disk that hangs holds a handful.
struct HeldMessages {
    private var messages: Deque<(sequence: UInt64, message: Message)> = []

    var count: Int { messages.count }

    /// Keeps `message` until the log job `sequence` is durable. Precondition: no earlier job than that of the last one.
    mutating func append(_ message: Message, untilDurable sequence: UInt64) {
        if let last = messages.last {
            precondition(last.sequence <= sequence, "a message waits for job \(sequence) after \(last.sequence)")
            if last.sequence == sequence, message.replaces(last.message) {
                // A leader keeps asking a follower whose disk does not answer.
                messages[messages.count - 1].message = message
                return
            }
        }
        messages.append((sequence, message))
    }

    /// Takes out the first message if its job is durable. Call again until nil.
    mutating func popDurable(through flushed: UInt64) -> Message? {
        guard let first = messages.first, first.sequence <= flushed else { return nil }
        messages.removeFirst()
        return first.message
    }

    mutating func removeAll() { messages.removeAll() }
}

extension Message {
    /// Whether this answer to AppendEntries says all that an earlier one would: what it acknowledges only grows within
    /// a term, and the same rejection again says nothing new.
    fileprivate func replaces(_ earlier: Message) -> Bool {
        guard to == earlier.to, term == earlier.term,
            case .appendEntriesResponse(let mine) = body, case .appendEntriesResponse(let theirs) = earlier.body
        else { return false }
        return switch (mine.result, theirs.result) {
        case (.matched, .matched): true
        case (.conflict, .conflict): mine.result == theirs.result
        case (.matched, .conflict), (.conflict, .matched): false
        }
    }
}
