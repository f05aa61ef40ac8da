internal import RaftCore

/// A state machine: the commands applied so far, reduced to a digest that depends on their order.
struct Machine: Hashable {
    var applied = LogID.zero
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func apply(_ entry: LogEntry) {
        precondition(entry.id.index == applied.index.next, "applied \(entry.id) after \(applied)")
        applied = entry.id
        if case .command(let value) = entry.content { digest = (digest ^ value) &* 0x0000_0100_0000_01b3 }
    }
}
