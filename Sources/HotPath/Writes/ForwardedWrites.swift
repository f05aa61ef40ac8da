internal import DequeModule
internal import NIOCore
internal import RaftCore

/// Writes of this node's users that went to the leader and are not answered yet.
///
/// Expiry: ends with the link to that leader (`endLink`), because an answer arrives on it or never. There is no clock:
/// the HTTP API answers its users after its own time-out, and the deadline here only says until when commands that the
/// leader turned away may be sent again.
struct ForwardedWrites {
    private struct Run {
        var id: UInt64
        var leader: NodeID
        var commands: CommandRun
        var tags: [RequestTag]
        var isAnswered: [Bool]
        var answeredCount = 0
        var deadline: Instant

        var room: Admission.Room {
            Admission.Room(commands: commands.operationCount, bytes: commands.commands.readableBytes)
        }
    }

    /// How an answer of the leader is taken.
    enum Answer {
        /// Nobody waits for it.
        case ignored
        /// The outcomes are among the caller's answers; `released` is to be given back to `Admission`.
        case completed(released: Admission.Room)
        /// The leader took none of the commands, so they may be sent again until the deadline.
        case turnedAway(Burst, deadline: Instant)
    }

    private var runs: Deque<Run> = []

    var isEmpty: Bool { runs.isEmpty }

    /// Notes that `commands` go to `leader` under `id`. Precondition: a tag for each of them, in order.
    mutating func append(
        _ commands: CommandRun, tags: [RequestTag], id: UInt64, leader: NodeID, deadline: Instant
    ) {
        precondition(tags.count == commands.count, "\(commands.count) forwarded commands have \(tags.count) tags")
        runs.append(
            Run(
                id: id, leader: leader, commands: commands, tags: tags,
                isAnswered: Array(repeating: false, count: tags.count), deadline: deadline))
    }

    /// Outcomes of consecutive commands from the `first` on. Several answers may make up the whole.
    mutating func takeAnswer(
        id: UInt64, first: Int, outcomes: [Outcome], from peer: NodeID, answers: inout Answers
    ) -> Answer {
        guard let place = runs.firstIndex(where: { $0.id == id && $0.leader == peer }) else { return .ignored }
        let count = runs[place].tags.count
        guard first >= 0, outcomes.count <= count, first <= count - outcomes.count else { return .ignored }
        if runs[place].answeredCount == 0, outcomes.count == count,
            outcomes.allSatisfy({ $0 == .failed(.noLeader) })
        {
            let run = runs.remove(at: place)
            var burst = Burst()
            burst.commands = run.commands.commands
            burst.tags = run.tags
            return .turnedAway(burst, deadline: run.deadline)
        }
        for (offset, outcome) in outcomes.enumerated() where !runs[place].isAnswered[first + offset] {
            runs[place].isAnswered[first + offset] = true
            runs[place].answeredCount += 1
            answers.append(runs[place].tags[first + offset], outcome)
        }
        guard runs[place].answeredCount == count else { return .completed(released: Admission.Room()) }
        return .completed(released: runs.remove(at: place).room)
    }

    /// The link to `leader` is gone: the commands that it had taken may or may not take effect. Returns the room to
    /// give back to `Admission`.
    mutating func endLink(to leader: NodeID, answers: inout Answers) -> Admission.Room {
        var released = Admission.Room()
        guard runs.contains(where: { $0.leader == leader }) else { return released }
        for run in runs where run.leader == leader {
            for (offset, tag) in run.tags.enumerated() where !run.isAnswered[offset] {
                answers.append(tag, .failed(.unknownOutcome))
            }
            released += run.room
        }
        runs.removeAll { $0.leader == leader }
        return released
    }
}
