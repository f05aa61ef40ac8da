internal import Seeds
internal import Testing

@testable import RaftCore

/// The compact parts of the core against plain models of them.
@Suite("Log, window and configuration history")
struct RaftLogTests {
    /// A log as a plain array of (term, size).
    private struct Model {
        var compacted = LogID.zero
        var entries: [(term: Term, size: UInt32)] = []

        var last: LogID {
            LogID(
                index: LogIndex(compacted.index.rawValue + UInt64(entries.count)),
                term: entries.last?.term ?? compacted.term)
        }

        func term(at index: LogIndex) -> Term? {
            if index == compacted.index { return compacted.term }
            if index < compacted.index || index > last.index { return nil }
            return entries[Int(index.rawValue - compacted.index.rawValue) - 1].term
        }

        func lastID(atOrBelow index: LogIndex, termAtMost term: Term) -> LogID {
            var index = min(index, last.index)
            while index > compacted.index {
                if let found = self.term(at: index), found <= term { return LogID(index: index, term: found) }
                index = index.previous
            }
            return compacted
        }
    }

    @Test(
        "The log answers as an array of terms would, through random appends, truncations and compactions",
        arguments: Seed.all(1...20, of: "RaftCoreTests.RaftLogTests/logMatchesModel"))
    func logMatchesModel(seed: Seed) {
        var random = SeededGenerator(seed: seed.value)
        var log = RaftLog(compacted: .zero)
        var model = Model()
        for _ in 0..<150 {
            switch random.below(6) {
            case 5: log.forgetSizes(before: LogIndex(UInt64(random.below(Int(model.last.index.rawValue) + 2))))
            case 0, 1, 2:
                let term = Term(model.last.term.rawValue + UInt64(random.below(2)))
                let sizes = (0..<random.below(6)).map { _ in UInt32(random.below(50)) }
                if sizes.count == 1 {
                    log.append(term: term, size: sizes[0])
                } else {
                    log.append(term: term, sizes: sizes[...])
                }
                model.entries += sizes.map { (term, $0) }
            case 3 where !model.entries.isEmpty:
                let kept = random.below(model.entries.count)
                log.truncate(from: LogIndex(model.compacted.index.rawValue + UInt64(kept) + 1))
                model.entries.removeLast(model.entries.count - kept)
            default:
                let count = random.below(min(model.entries.count, 4) + 1)
                let index = LogIndex(model.compacted.index.rawValue + UInt64(count))
                log.compact(through: index)
                model.compacted = LogID(index: index, term: model.term(at: index) ?? .zero)
                model.entries.removeFirst(count)
            }
            compare(log, model, &random, "\(seed)")
        }
    }

    private func compare(_ log: RaftLog, _ model: Model, _ random: inout SeededGenerator, _ replay: Comment) {
        #expect(log.isConsistent, replay)
        #expect(log.last == model.last, replay)
        #expect(log.compacted == model.compacted, replay)
        let end = model.last.index.rawValue + 2
        for index in max(model.compacted.index.rawValue, 1) - 1...end {
            if log.term(at: LogIndex(index)) != model.term(at: LogIndex(index)) {
                Issue.record("term at \(index): \(replay)")
            }
        }
        for _ in 0..<5 {
            let index = LogIndex(UInt64(random.below(Int(end) + 3)))
            let term = Term(UInt64(random.below(Int(model.last.term.rawValue) + 2)))
            #expect(
                log.lastID(atOrBelow: index, termAtMost: term) == model.lastID(atOrBelow: index, termAtMost: term),
                replay)
        }
        let known = Int(log.sizesStart.rawValue - log.firstIndex.rawValue)
        let lower = known + random.below(model.entries.count - known + 1)
        let upper = lower + random.below(model.entries.count - lower + 1)
        let base = model.compacted.index.rawValue + 1
        let range = LogRange(LogIndex(base + UInt64(lower)), LogIndex(base + UInt64(upper)))
        #expect(log.bytes(of: range) == model.entries[lower..<upper].reduce(0) { $0 + Int($1.size) }, replay)
        let (cut, bytes) = log.cut(from: range.lower, entriesMax: 3, bytesMax: 60)
        #expect(bytes == log.bytes(of: cut), replay)
        #expect(cut.count <= 3, replay)
        #expect(bytes <= 60 || cut.count == 1, replay)
        if cut.count < 3, cut.upper <= log.last.index {
            #expect(log.bytes(of: LogRange(cut.lower, cut.upper.next)) > 60, replay)
        }
    }

    @Test("Sizes that are forgotten leave the memory, and the others stay what they are")
    func forgottenSizes() {
        var log = RaftLog(compacted: .zero)
        for index in UInt32(1)...10_000 {
            log.append(term: Term(1), size: index)
            if index > 100 { log.forgetSizes(before: LogIndex(UInt64(index) - 99)) }
            #expect(log.sizesInMemory <= 202)
        }

        #expect(log.sizesStart == LogIndex(9_901))
        #expect(log.bytes(of: LogRange(LogIndex(9_901), LogIndex(9_903))) == 9_901 + 9_902)
        log.truncate(from: LogIndex(9_800))
        #expect(log.sizesStart == LogIndex(9_800))
        log.append(term: Term(2), size: 7)
        #expect(log.bytes(of: LogRange(LogIndex(9_800), LogIndex(9_801))) == 7)
        #expect(log.isConsistent)
    }

    @Test("The first difference skips what is compacted and finds a term that differs or an entry that is missing")
    func firstDifference() {
        var log = RaftLog(compacted: .at(2, 1))
        log.append(term: Term(1), sizes: [1, 1])
        log.append(term: Term(2), sizes: [1, 1])
        func difference(_ lower: UInt64, _ terms: [UInt64]) -> UInt64 {
            let range = LogRange(LogIndex(lower), LogIndex(lower + UInt64(terms.count)))
            return log.firstDifference(in: range, runs: EntryRun.runs(ofTerms: terms)).rawValue
        }

        #expect(difference(1, [1, 1, 1, 1, 2, 2]) == 7)
        #expect(difference(1, [1]) == 2)
        #expect(difference(3, [1, 1, 2, 2, 3]) == 7)
        #expect(difference(4, [1, 3]) == 5)
        #expect(difference(4, [2]) == 4)
        #expect(difference(7, [3]) == 7)
        #expect(difference(5, []) == 5)
    }

    @Test(
        "The window counts messages and bytes, and frees what is acknowledged, in order",
        arguments: Seed.all(1...10, of: "RaftCoreTests.RaftLogTests/inflights"))
    func inflights(seed: Seed) {
        let replay: Comment = "\(seed)"
        var random = SeededGenerator(seed: seed.value)
        var window = Inflights(messagesMax: 20, bytesMax: 1_000)
        var model: [(last: UInt64, bytes: Int)] = []
        var last: UInt64 = 0
        for _ in 0..<400 {
            if random.chance(600), !window.isFull {
                last += 1 + UInt64(random.below(3))
                let bytes = random.below(120)
                window.add(last: LogIndex(last), bytes: bytes)
                model.append((last, bytes))
            } else {
                let through = UInt64(random.below(Int(last) + 2))
                window.free(through: LogIndex(through))
                model.removeAll { $0.last <= through }
            }
            if random.chance(5) {
                window.removeAll()
                model.removeAll()
            }
            let bytes = model.reduce(0) { $0 + $1.bytes }
            #expect(window.count == model.count, replay)
            #expect(window.bytes == bytes, replay)
            #expect(window.isConsistent, replay)
            #expect(window.isFull == (model.count >= 20 || bytes >= 1_000), replay)
        }
    }

    @Test("The history brings back the configuration before a truncation, and forgets what compaction supersedes")
    func configurationHistory() {
        func configuration(_ names: [NodeID]) -> Configuration {
            Configuration(members: names.map { Member(id: $0, role: .voter) })
        }
        var history = ConfigurationHistory(base: configuration(["a"]), compacted: LogIndex(2))
        history.append(ConfigurationEntry(index: LogIndex(5), configuration: configuration(["a", "b"])))
        history.append(ConfigurationEntry(index: LogIndex(9), configuration: configuration(["a", "b", "c"])))

        #expect(history.configuration(at: LogIndex(1)) == nil)
        #expect(history.configuration(at: LogIndex(4)) == configuration(["a"]))
        #expect(history.configuration(at: LogIndex(5)) == configuration(["a", "b"]))
        #expect(history.configuration(at: LogIndex(90)) == configuration(["a", "b", "c"]))
        #expect(history.previous == configuration(["a", "b"]))

        let early = history.truncate(from: LogIndex(10))
        let late = history.truncate(from: LogIndex(9))
        #expect(!early && late)
        #expect(history.latest.index == LogIndex(5))
        history.compact(through: LogIndex(7))
        #expect(history.latest.configuration == configuration(["a", "b"]))
        #expect(history.configuration(at: LogIndex(4)) == nil)
        #expect(history.previous == nil)
    }

    @Test("Votes are counted once, by role in the configuration")
    func tally() {
        let configuration = Configuration(
            members: ["a", "b", "c", "d"].map { Member(id: NodeID($0), role: .voter) }
                + [Member(id: "l", role: .learner)])
        var tally = VoteTally()
        for (voter, granted, outcome) in [
            ("a", true, .pending), ("l", true, .pending), ("a", true, .pending), ("b", false, .pending),
            ("b", true, .pending), ("c", true, .pending), ("d", true, .won),
        ] as [(NodeID, Bool, VoteTally.Outcome)] {
            tally.note(voter, granted: granted)
            #expect(tally.outcome(in: configuration) == outcome)
        }
        var lost = VoteTally()
        lost.note("a", granted: true)
        lost.note("b", granted: false)
        #expect(lost.outcome(in: configuration) == .pending)
        lost.note("c", granted: false)
        #expect(lost.outcome(in: configuration) == .lost)
    }
}
