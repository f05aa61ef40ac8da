internal import DequeModule

/// The progress of reading back a connection's keys.
struct ReadBackCursor {
    var next = 0
    /// Keys to read again, each with the time to give up.
    var retries: Deque<(index: Int, deadline: UInt64)> = []
}
