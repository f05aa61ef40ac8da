import NIOCore
import RaftCore
import Testing

@testable import HotPath

@Suite("Writes that went to the leader")
struct ForwardedWritesTests {
    private var writes = ForwardedWrites(waitNanoseconds: 6_000_000_000)
    private var answers = Answers(sinkCount: 1)
    private let bytes: Int

    /// Three puts are with the node `a` under the id 7.
    init() {
        let burst = Burst.puts(1...3)
        bytes = burst.commands.readableBytes
        var rest = burst.commands
        writes.append(CommandRun(from: &rest), tags: burst.tags, id: 7, leader: "a", arrivedAt: .milliseconds(50))
    }

    private mutating func take(_ first: Int, _ outcomes: [Outcome], id: UInt64 = 7, from peer: NodeID = "a")
        -> ForwardedWrites.Answer
    {
        writes.takeAnswer(id: id, first: first, outcomes: outcomes, from: peer, answers: &answers)
    }

    private func released(_ answer: ForwardedWrites.Answer) -> Admission.Room? {
        guard case .completed(let released) = answer else { return nil }
        return released
    }

    @Test("Answers in parts reach each request once, and the room is given back with the last one")
    mutating func parts() {
        #expect(released(take(1, [.readable, .readable])) == Admission.Room())
        #expect(released(take(1, [.failed(.noLeader)])) == Admission.Room(), "an answer came twice")
        #expect(!writes.isEmpty)
        #expect(released(take(0, [.readable])) == Admission.Room(commands: 3, bytes: bytes))

        let completions = answers.take(for: 0)
        #expect(completions.map(\.tag.request) == [2, 3, 1])
        #expect(completions.allSatisfy { $0.outcome == .readable })
        #expect(writes.isEmpty)
    }

    @Test("If the leader took nothing the burst comes back, with the time of its arrival")
    mutating func turnedAway() {
        let answer = take(0, [.failed(.noLeader), .failed(.noLeader), .failed(.noLeader)])

        guard case .turnedAway(let burst, let arrivedAt) = answer else {
            Issue.record("the burst is lost: \(answer)")
            return
        }
        #expect(burst.tags.map(\.request) == [1, 2, 3])
        #expect(burst.commands.readableBytes == bytes)
        #expect(arrivedAt == .milliseconds(50))
        #expect(answers.isEmpty(for: 0))
        #expect(writes.isEmpty)
    }

    @Test("If one command was answered already, a refusal of the others is passed on")
    mutating func refusedInPart() {
        _ = take(0, [.readable])

        let answer = take(1, [.failed(.noLeader), .failed(.noLeader)])

        #expect(released(answer) == Admission.Room(commands: 3, bytes: bytes))
        #expect(answers.take(for: 0).map(\.outcome) == [.readable, .failed(.noLeader), .failed(.noLeader)])
    }

    @Test("An answer of another node, to another message or beyond its end is ignored")
    mutating func strays() {
        for answer in [
            take(0, [.readable], from: "b"), take(0, [.readable], id: 8), take(3, [.readable]), take(-1, [.readable]),
            take(0, [.readable, .readable, .readable, .readable]), take(.max, [.readable]),
        ] {
            guard case .ignored = answer else {
                Issue.record("an answer to nothing was taken: \(answer)")
                continue
            }
        }

        #expect(answers.isEmpty(for: 0))
        #expect(!writes.isEmpty)
    }

    @Test("With the link to the leader ends what it has not answered, with an unknown outcome")
    mutating func link() {
        var rest = Burst.puts(9...9).commands
        writes.append(CommandRun(from: &rest), tags: [.user(9)], id: 8, leader: "b", arrivedAt: .milliseconds(50))
        _ = take(1, [.readable])
        _ = answers.take(for: 0)

        let released = writes.endLink(to: "a", answers: &answers)

        let completions = answers.take(for: 0)
        #expect(released == Admission.Room(commands: 3, bytes: bytes))
        #expect(completions.map(\.tag.request) == [1, 3])
        #expect(completions.allSatisfy { $0.outcome == .failed(.unknownOutcome) })
        #expect(!writes.isEmpty, "the link to another node ended with it")
        #expect(writes.endLink(to: "a", answers: &answers) == Admission.Room())
    }

    @Test("What a linked leader does not answer ends in time, with an unknown outcome, and gives its room back once")
    mutating func overdue() {
        var rest = Burst.puts(9...9).commands
        writes.append(CommandRun(from: &rest), tags: [.user(9)], id: 8, leader: "a", arrivedAt: .milliseconds(100))
        _ = take(1, [.readable])
        _ = answers.take(for: 0)
        #expect(writes.nextDeadline == .milliseconds(6_050))

        #expect(writes.takeOverdue(now: .milliseconds(6_049), answers: &answers) == Admission.Room())
        #expect(answers.isEmpty(for: 0))
        let room = writes.takeOverdue(now: .milliseconds(6_050), answers: &answers)

        #expect(room == Admission.Room(commands: 3, bytes: bytes))
        let completions = answers.take(for: 0)
        #expect(completions.map(\.tag.request) == [1, 3])
        #expect(completions.allSatisfy { $0.outcome == .failed(.unknownOutcome) })
        #expect(writes.nextDeadline == .milliseconds(6_100))
        guard case .ignored = take(0, [.readable, .readable, .readable]) else {
            Issue.record("a late answer was taken")
            return
        }
    }
}
