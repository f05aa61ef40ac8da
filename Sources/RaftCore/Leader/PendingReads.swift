/// The ReadIndex requests of a leader (thesis 6.4), in rounds: all reads that arrive while one round of confirmations
/// is in flight share the next one.
struct PendingReads: Sendable {
    /// Not part of a round yet.
    private(set) var waiting: [ReadID] = []
    /// Part of the round in flight.
    private var inFlight: [ReadID] = []
    /// The commit index when the round in flight was opened.
    private var readIndex = LogIndex.zero
    /// The latest round opened; 0 before the first.
    private(set) var round: UInt64 = 0

    var isRoundInFlight: Bool { !inFlight.isEmpty }

    mutating func register(_ id: ReadID) { waiting.append(id) }

    /// Opens a round for all reads that wait. `commitIndex` is not below what it was when they arrived. Precondition:
    /// no round is in flight.
    mutating func openRound(commitIndex: LogIndex) {
        precondition(inFlight.isEmpty, "ReadIndex round \(round) is still in flight")
        swap(&waiting, &inFlight)
        readIndex = commitIndex
        round += 1
    }

    /// The reads of the round in flight are confirmed.
    mutating func closeRound(into ready: inout [ReadyRead]) {
        for id in inFlight { ready.append(ReadyRead(id: id, index: readIndex)) }
        inFlight.removeAll(keepingCapacity: true)
    }

    /// Fails everything, in the order of registration.
    mutating func fail(into failed: inout [ReadID]) {
        failed.append(contentsOf: inFlight)
        failed.append(contentsOf: waiting)
        inFlight.removeAll()
        waiting.removeAll()
    }
}
