internal import RaftCore
internal import Seeds
internal import Testing

@Suite("A server continues, whatever peers say and in whatever order")
struct TotalityTests {
    /// A core with a disk of its own that does what it is told, if not at once.
    private final class Besieged {
        private(set) var raft: Raft
        private(set) var breaches: [String] = []
        private(set) var installations = 0
        private(set) var truncations = 0
        private(set) var leaderships = 0
        /// Snapshots that came in the way of another one.
        private(set) var rivals = 0
        private var peers: LyingPeers
        private var now = Instant(nanoseconds: 1_000_000_000)
        private var effects = Effects()
        private var notices: [FlushNotice] = []
        private var asked: [InstallSnapshotRequest] = []
        private var reads: [LogReadRequest] = []
        private var applyThrough = LogIndex.zero
        /// `settled[i]` is the term of the committed entry i, if this server ever knew it.
        private var settled: [Term?] = [.zero]

        init(seed: UInt64) {
            peers = LyingPeers(seed: seed)
            var recovered = Raft.Recovered()
            recovered.configuration = Configuration(members: ["a", "b", "c"].map { Member(id: $0, role: .voter) })
            recovered.append(terms: [1, 1, 2])
            recovered.hardState = HardState(currentTerm: Term(3))
            var settings = RaftSettings()
            settings.messageEntriesMax = 2
            settings.inflightMessagesMax = 2
            raft = Raft(id: "a", settings: settings, recovered: recovered, seed: seed, now: now)
        }

        func run(events count: Int) {
            for _ in 0..<count where breaches.isEmpty {
                if peers.random.chance(650) { hear() } else { live() }
            }
        }

        private func hear() {
            let message = peers.message(to: raft)
            guard raft.refusal(of: message) == nil else { return }
            if case .installSnapshotRequest = message.body, !asked.isEmpty { rivals += 1 }
            step(.receive(message))
        }

        /// Something of the server's own: its disk, its users, its clock.
        private func live() {
            switch peers.random.below(14) {
            case 0, 1, 2:
                guard !notices.isEmpty else { return }
                // The last of some jobs speaks for all of them.
                let last = peers.random.below(notices.count)
                let notice = notices[last]
                notices.removeFirst(last + 1)
                step(.flushed(notice))
            case 3, 4: step(.applied(reached()))
            case 5: compact()
            case 6: reportInstallation()
            case 7:
                now = now.advanced(byNanoseconds: peers.random.next() % 900_000_000)
                step(.timeElapsed)
            case 8: step(.propose(sizes: [10, 20]))
            case 9: step(.readIndex(ReadID(peers.random.next())))
            case 10: step(.changeConfiguration(change()))
            case 11: step(.peerUnreachable(peers.peer()))
            case 12: step(rare())
            default: step(.turnEnded)
            }
        }

        /// How far the state machine may be, of which the core need not know yet.
        private func reached() -> LogIndex {
            if let request = asked.first, peers.random.chance(100) { return request.lastIncluded.index }
            let open = applyThrough.rawValue - raft.appliedIndex.rawValue
            return LogIndex(raft.appliedIndex.rawValue + peers.random.next() % (open + 1))
        }

        private func rare() -> Event {
            switch peers.random.below(7) {
            case 0: .logStalled
            case 5: .evicted(before: LogIndex(peers.random.next() % (applyThrough.rawValue + 2)))
            case 6: read() ?? .timeElapsed
            case 1: .transferLeadership(to: peers.random.chance(500) ? nil : peers.peer())
            case 2: .removed(at: LogIndex(peers.random.next() % 9), by: "b")
            case 3: .snapshotSent(to: peers.peer(), lastIncluded: raft.lastLogID, succeeded: peers.random.chance(500))
            default:
                .snapshotInstalled(
                    lastIncluded: .at(1_000, 1), configuration: Configuration(), succeeded: peers.random.chance(500))
            }
        }

        /// Any answer to any read of any time.
        private func read() -> Event? {
            guard !reads.isEmpty else { return nil }
            let request = reads[peers.random.below(reads.count)]
            let count = peers.random.below(request.range.count + 1)
            return .entriesRead(request, count: count, bytes: 10 * count)
        }

        private func change() -> ConfigurationChange {
            let peer = peers.peer()
            return switch peers.random.below(4) {
            case 0: .addLearner(Member(id: peer, role: .learner))
            case 1: .promote(peer)
            case 2: .demote(peer)
            default: .remove(peers.random.chance(300) ? "a" : peer)
            }
        }

        private func compact() {
            let room = applyThrough.rawValue - raft.compactedLogID.index.rawValue
            let index = LogIndex(raft.compactedLogID.index.rawValue + peers.random.next() % (room + 1))
            // The log holds whatever may be applied and is not compacted.
            step(.compacted(through: LogID(index: index, term: raft.term(at: index)!)))
        }

        private func reportInstallation() {
            guard !asked.isEmpty else { return }
            let request = asked.remove(at: peers.random.below(asked.count))
            step(
                .snapshotInstalled(
                    lastIncluded: request.lastIncluded, configuration: request.configuration,
                    succeeded: peers.random.chance(700)))
        }

        private func step(_ event: Event) {
            let term = raft.currentTerm
            let vote = raft.hardState.votedFor
            let commit = raft.commitIndex
            let compacted = raft.compactedLogID
            let wasLeader = raft.role == .leader
            raft.step(event, now: now, into: &effects)
            if raft.currentTerm < term { breaches.append("the term goes back from \(term)") }
            if raft.currentTerm == term, let vote, raft.hardState.votedFor != vote {
                breaches.append("the vote for \(vote) in term \(term) is forgotten")
            }
            if raft.commitIndex < commit { breaches.append("the commit index goes back from \(commit)") }
            if !wasLeader, raft.role == .leader { leaderships += 1 }
            if case .snapshotInstalled = event, raft.compactedLogID != compacted { installations += 1 }
            settle()
            take()
        }

        /// Committed entries stay, and their terms never fall, whether they are there or only a snapshot of them.
        private func settle() {
            while settled.count <= Int(raft.commitIndex.rawValue) { settled.append(nil) }
            let least = settled.reduce(Term.zero) { max($0, $1 ?? .zero) }
            var newest = Term.zero
            for index in Int(raft.compactedLogID.index.rawValue)...Int(raft.commitIndex.rawValue) {
                // The log reaches from the compaction point beyond the commit index.
                newest = raft.term(at: LogIndex(UInt64(index)))!
                if let known = settled[index], known != newest { breaches.append("entry \(index) is another one now") }
                settled[index] = newest
            }
            if newest < least { breaches.append("the last committed entry is of term \(newest), after \(least)") }
        }

        private func take() {
            if effects.truncateFrom != nil { truncations += 1 }
            if effects.truncateFrom != nil || effects.appended != nil || effects.hardState != nil {
                notices.append(
                    FlushNotice(epoch: raft.logEpoch, lastLogID: raft.lastLogID, hardState: raft.hardState))
            }
            applyThrough = max(effects.applyThrough ?? .zero, applyThrough, raft.appliedIndex)
            if let request = effects.snapshotToInstall { asked.append(request) }
            reads += effects.logReads
            effects.removeAll()
        }
    }

    @Test(
        "No message that is not refused, and no report of the disk, stops it or takes anything back",
        arguments: Seed.all(1...200, of: "RaftCoreTests.TotalityTests/anyEvent"))
    func anyEvent(seed: Seed) {
        let server = Besieged(seed: seed.value)

        server.run(events: 500)

        #expect(server.breaches == [], "\(seed)")
    }

    @Test("The runs reach what they are there for")
    func strength() {
        var installations = 0
        var truncations = 0
        var leaderships = 0
        var rivals = 0
        var committed: UInt64 = 0
        for seed in UInt64(1)...40 {
            let server = Besieged(seed: seed)
            server.run(events: 500)
            installations += server.installations
            truncations += server.truncations
            leaderships += server.leaderships
            rivals += server.rivals
            committed += server.raft.commitIndex.rawValue
        }

        #expect(installations > 40)
        #expect(truncations > 10)
        #expect(leaderships > 20)
        #expect(rivals > 100)
        #expect(committed > 250)
    }
}
