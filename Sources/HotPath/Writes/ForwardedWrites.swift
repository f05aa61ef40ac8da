internal import DequeModule
internal import NIOCore
internal import RaftCore

/// Writes of this node's users that went to the leader and are not answered yet.
///
/// Expiry: a run ends with the link to that leader (`endLink`), because an answer arrives on it or never, and
/// `waitNanoseconds` after its arrival (`takeOverdue`), because a leader may be linked and never answer. Both have an
/// unknown outcome. By the latter the HTTP API has answered most of its users; what is given back is the room.
struct ForwardedWrites {
    private struct Run {
        var id: UInt64
        var leader: NodeID
        var commands: CommandRun
        var tags: [RequestTag]
        /// Empty until the first answer to a part of the commands.
        var isAnswered: [Bool] = []
        var answeredCount = 0
        var arrivedAt: Instant

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
        /// The leader took none of the commands, so they may be sent again.
        case turnedAway(Burst, arrivedAt: Instant)
    }

    private var runs: Deque<Run> = []
    private var deadlines = NextDeadline()
    private let waitNanoseconds: UInt64

    init(waitNanoseconds: UInt64) { self.waitNanoseconds = waitNanoseconds }

    /// When `takeOverdue` may have something to do; nil if nothing waits.
    var nextDeadline: Instant? { deadlines.instant }

    var isEmpty: Bool { runs.isEmpty }

    /// Notes that `commands` go to `leader` under `id`. Precondition: a tag for each of them, in order.
    mutating func append(
        _ commands: CommandRun, tags: [RequestTag], id: UInt64, leader: NodeID, arrivedAt: Instant
    ) {
        precondition(tags.count == commands.count, "\(commands.count) forwarded commands have \(tags.count) tags")
        runs.append(
            Run(id: id, leader: leader, commands: commands, tags: tags, arrivedAt: arrivedAt))
        deadlines.include(arrivedAt.advanced(byNanoseconds: waitNanoseconds))
    }

    /// Outcomes of consecutive commands from the `first` on. Several answers may make up the whole.
    mutating func takeAnswer(
        id: UInt64, first: Int, outcomes: [Outcome], from peer: NodeID, answers: inout Answers
    ) -> Answer {
        guard let place = runs.firstIndex(where: { $0.id == id && $0.leader == peer }) else { return .ignored }
        let count = runs[place].tags.count
        guard first >= 0, outcomes.count <= count, first <= count - outcomes.count else { return .ignored }
        if runs[place].answeredCount == 0, outcomes.count == count { return takeWhole(place, outcomes, &answers) }
        if runs[place].isAnswered.isEmpty { runs[place].isAnswered = Array(repeating: false, count: count) }
        for (offset, outcome) in outcomes.enumerated() where !runs[place].isAnswered[first + offset] {
            runs[place].isAnswered[first + offset] = true
            runs[place].answeredCount += 1
            answers.append(runs[place].tags[first + offset], outcome)
        }
        guard runs[place].answeredCount == count else { return .completed(released: Admission.Room()) }
        return .completed(released: runs.remove(at: place).room)
    }

    /// One answer for all commands of a run, which nearly every run gets.
    private mutating func takeWhole(_ place: Int, _ outcomes: [Outcome], _ answers: inout Answers) -> Answer {
        let run = runs.remove(at: place)
        if outcomes.allSatisfy({ $0 == .failed(.noLeader) }) {
            var burst = Burst()
            burst.commands = run.commands.commands
            burst.tags = run.tags
            return .turnedAway(burst, arrivedAt: run.arrivedAt)
        }
        for offset in outcomes.indices { answers.append(run.tags[offset], outcomes[offset]) }
        return .completed(released: run.room)
    }

    /// The link to `leader` is gone: the commands that it had taken may or may not take effect. Returns the room to
    /// give back to `Admission`.
    mutating func endLink(to leader: NodeID, answers: inout Answers) -> Admission.Room {
        guard !runs.isEmpty else { return Admission.Room() }
        return end(&answers) { $0.leader == leader }
    }

    #if MUTANTS
    /// What went to `leader`, to be sent again: the bug `Mutant.resendsForwarded`.
    mutating func takeAll(sentTo leader: NodeID) -> [(Burst, arrivedAt: Instant)] {
        let sent = runs.filter { $0.leader == leader && $0.answeredCount == 0 }
        runs.removeAll { $0.leader == leader && $0.answeredCount == 0 }
        return sent.map { run in
            var burst = Burst()
            burst.commands = run.commands.commands
            burst.tags = run.tags
            return (burst, run.arrivedAt)
        }
    }
    #endif

    /// Ends what the leader has not answered in time; as `endLink`.
    mutating func takeOverdue(now: Instant, answers: inout Answers) -> Admission.Room {
        guard deadlines.isReached(at: now) else { return Admission.Room() }
        let wait = waitNanoseconds
        let released = end(&answers) { now.nanoseconds(since: $0.arrivedAt) >= wait }
        deadlines.reset()
        for run in runs { deadlines.include(run.arrivedAt.advanced(byNanoseconds: wait)) }
        return released
    }

    private mutating func end(_ answers: inout Answers, where isOver: (Run) -> Bool) -> Admission.Room {
        var released = Admission.Room()
        runs.removeAll { run in
            guard isOver(run) else { return false }
            for (offset, tag) in run.tags.enumerated() where run.isAnswered.isEmpty || !run.isAnswered[offset] {
                answers.append(tag, .failed(.unknownOutcome))
            }
            released += run.room
            return true
        }
        return released
    }
}
