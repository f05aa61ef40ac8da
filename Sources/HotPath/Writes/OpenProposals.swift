internal import DequeModule
internal import RaftCore

/// Entries that this leader proposed and has not handed to apply yet, with those who wait for them. In order of index.
///
/// Expiry: a proposal leaves with the entry when that is handed to apply (`popFirst`); the others end with leadership
/// (`endWithLeadership`).
struct OpenProposals {
    private var proposals: Deque<(id: LogID, waiters: ApplyJob.Waiters)> = []

    var isEmpty: Bool { proposals.isEmpty }

    /// Precondition: the entry comes after all that are open.
    mutating func append(_ waiters: ApplyJob.Waiters, for id: LogID) {
        precondition(waiters.index == id.index, "waiters of the entry \(waiters.index) are kept for \(id)")
        precondition(
            proposals.last.map { $0.id.index < id.index } ?? true, "the proposal \(id) comes after a later one")
        proposals.append((id, waiters))
    }

    /// Takes out the first proposal if its entry lies within `range`.
    mutating func popFirst(in range: LogRange) -> (id: LogID, waiters: ApplyJob.Waiters)? {
        guard let first = proposals.first, range.contains(first.id.index) else { return nil }
        return proposals.removeFirst()
    }

    /// Leadership was lost. The outcome of all open proposals is unknown and never a failure, because the next leader
    /// may still commit what this one had appended. Completions for nodes that forwarded commands go into `forwarded`.
    /// Returns the room to give back to `Admission`.
    mutating func endWithLeadership(
        local: inout Answers, forwarded: inout [Completion], outcome: RequestFailure = .unknownOutcome
    ) -> Admission.Room {
        var released = Admission.Room()
        for (_, waiters) in proposals {
            released += Admission.Room(commands: waiters.admittedCommands, bytes: waiters.admittedBytes)
            for tag in waiters.tags {
                if tag.sink == RequestTag.forwardSink {
                    forwarded.append(Completion(tag: tag, outcome: .failed(outcome)))
                } else {
                    local.append(tag, .failed(outcome))
                }
            }
        }
        proposals.removeAll()
        return released
    }
}
