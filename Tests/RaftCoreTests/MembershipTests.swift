internal import RaftCore
internal import Testing

@Suite("Thesis 4: Cluster membership changes")
struct MembershipTests {
    @Test("4.1 A change is an entry of the log, in force as soon as it is appended")
    func inForceWhenAppended() {
        let node = SimulatedNode()
        node.leadAndCommit()

        let effects = node.step(.changeConfiguration(.addLearner(Member(id: "d", role: .voter, raftAddress: "d:1"))))

        #expect(effects.configurationOutcome == .appended(.at(2, 1)))
        #expect(effects.configurationChanged)
        #expect(node.raft.configuration["d"] == Member(id: "d", role: .learner, raftAddress: "d:1", since: LogIndex(2)))
        #expect(
            effects.generated == [
                GeneratedEntry(id: .at(2, 1), content: .configuration(node.raft.configuration))
            ])
        #expect(node.raft.configurationIndex == LogIndex(2))
        #expect(node.raft.isConfigurationCommitted == false)
        #expect(node.endTurn().requests(to: "d").count == 1)

        node.flush()
        node.matched(2, term: 1, by: "b")
        #expect(node.raft.isConfigurationCommitted == true)
    }

    @Test("A member knows since which entry it is one, through every change but its removal")
    func since() {
        let node = SimulatedNode("a", voters: ["a"])
        node.leadAndCommit()
        func change(_ change: ConfigurationChange) -> LogIndex? {
            node.step(.changeConfiguration(change))
            node.flush()
            return node.raft.configuration["d"]?.since
        }

        #expect(node.raft.configuration["a"]?.since == .zero)
        #expect(change(.addLearner(Member(id: "d", role: .learner, raftAddress: "d:1"))) == LogIndex(2))
        #expect(
            change(.addLearner(Member(id: "d", role: .learner, raftAddress: "d:2", since: LogIndex(77)))) == LogIndex(2)
        )
        #expect(change(.addLearner(Member(id: "e", role: .learner))) == LogIndex(2))
        #expect(change(.remove("d")) == nil)
        #expect(change(.addLearner(Member(id: "d", role: .learner, raftAddress: "d:1"))) == LogIndex(6))
    }

    @Test("4.1 A follower uses the latest configuration in its log, and falls back when that is truncated")
    func followerFallsBack() {
        let node = SimulatedNode(term: 1)
        let larger = Configuration(members: ["a", "b", "c", "d"].map { Member(id: NodeID($0), role: .voter) })
        let entry = ConfigurationEntry(index: LogIndex(2), configuration: larger)

        let appended = node.receive(.append([1, 1], configurations: [entry]), from: "b", term: 1)
        #expect(appended.configurationChanged)
        #expect(node.raft.configuration == larger)
        #expect(node.raft.configuration(at: LogIndex(1))?.voterCount == 3)

        let truncated = node.append([2], after: (1, 1), from: "c", term: 2)
        #expect(truncated.configurationChanged)
        #expect(node.raft.configuration.voterCount == 3)
        #expect(node.raft.configurationIndex == .zero)
    }

    @Test("4.1 One change at a time: the next is refused until the previous one is committed")
    func oneAtATime() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.changeConfiguration(.addLearner(Member(id: "d", role: .learner))))

        let early = node.step(.changeConfiguration(.remove("c")))
        #expect(early.configurationOutcome == .refused(.changeInProgress))

        node.flush()
        node.matched(2, term: 1, by: "b", sequence: 0)
        let late = node.step(.changeConfiguration(.remove("c")))
        #expect(late.configurationOutcome == .appended(.at(3, 1)))
    }

    @Test("The correction of 2015: no change before the leader has committed an entry of its own term")
    func notBeforeCommitInTerm() {
        let node = SimulatedNode(log: [1], applied: 1)
        node.lead()

        let effects = node.step(.changeConfiguration(.remove("c")))

        #expect(effects.configurationOutcome == .refused(.noCommitInTermYet))
        #expect(effects.appended == nil)
    }

    @Test("Two leaders cannot change the same configuration to disjoint majorities")
    func concurrentChanges() {
        // a appends "add e" in term 1 and is cut off; b leads term 2 and must commit its no-op, which a majority of the
        // old configuration then holds, before it may append "remove a". So a can no longer win with its entry.
        let a = SimulatedNode("a", voters: ["a", "b", "c", "d"])
        a.leadAndCommit()
        a.step(.changeConfiguration(.addLearner(Member(id: "e", role: .learner))))
        let b = SimulatedNode("b", voters: ["a", "b", "c", "d"], log: [1], term: 1)
        b.lead()
        #expect(b.step(.changeConfiguration(.remove("a"))).configurationOutcome == .refused(.noCommitInTermYet))
        b.flush()
        b.endTurn()
        b.matched(2, term: 2, by: "c")
        #expect(b.step(.changeConfiguration(.remove("a"))).configurationOutcome == .refused(.noCommitInTermYet))
        b.matched(2, term: 2, by: "d")
        #expect(b.step(.changeConfiguration(.remove("a"))).configurationOutcome == .appended(.at(3, 2)))

        let c = SimulatedNode("c", voters: ["a", "b", "c", "d"], log: [1, 2])
        let vote = c.receive(.requestVote(last: a.raft.lastLogID), from: "a", term: 3)
        #expect(vote.votes.map(\.voteGranted) == [false])
    }

    @Test("Changes that are refused or change nothing append nothing")
    func refusals() {
        var settings = RaftSettings()
        settings.memberCountMax = 4
        let node = SimulatedNode(voters: ["a", "b", "c"], learners: ["l"], settings: settings)
        #expect(
            node.step(.changeConfiguration(.remove("b"))).configurationOutcome == .refused(.notLeader))
        node.leadAndCommit()
        let table: [(ConfigurationChange, ConfigurationOutcome)] = [
            (.promote("x"), .refused(.unknownMember)), (.demote("x"), .refused(.unknownMember)),
            (.remove("x"), .refused(.unknownMember)), (.promote("b"), .unchanged), (.demote("l"), .unchanged),
            (.addLearner(Member(id: "l", role: .learner)), .unchanged),
            (.addLearner(Member(id: "b", role: .learner)), .unchanged),
            (.addLearner(Member(id: "x", role: .learner)), .refused(.tooManyMembers)),
            (.raiseFeatureLevel(to: FeatureLevel.first), .unchanged),
            (.raiseFeatureLevel(to: FeatureLevel.release + 1), .unchanged),
        ]
        for (change, outcome) in table {
            let effects = node.step(.changeConfiguration(change))
            #expect(effects.configurationOutcome == outcome, "\(change)")
            #expect(effects.appended == nil)
        }

        let single = SimulatedNode(voters: ["a"])
        single.timeOut()
        single.flush()
        single.flush()
        #expect(single.step(.changeConfiguration(.remove("a"))).configurationOutcome == .refused(.lastVoter))
        #expect(single.step(.changeConfiguration(.demote("a"))).configurationOutcome == .refused(.lastVoter))
    }

    @Test("An address may change; the role stays")
    func addressChange() {
        let node = SimulatedNode()
        node.leadAndCommit()

        node.step(
            .changeConfiguration(.addLearner(Member(id: "b", role: .learner, raftAddress: "new:1", aliases: ["bee"]))))

        #expect(node.raft.configuration["b"] == Member(id: "b", role: .voter, raftAddress: "new:1", aliases: ["bee"]))
        #expect(node.progress(of: "b")?.matchIndex == LogIndex(1))
    }

    @Test("A member that enters ends an alias of its name, so that removing the name twice removes one member")
    func idEndsAlias() {
        let node = SimulatedNode()
        node.leadAndCommit()
        func change(_ change: ConfigurationChange) {
            node.step(.changeConfiguration(change))
            node.flush()
            node.endTurn()
            node.matchAll(by: "b")
        }

        change(.addLearner(Member(id: "b", role: .voter, aliases: ["g", "bee"])))
        #expect(node.raft.configuration.member(named: "g")?.id == "b")
        change(.addLearner(Member(id: "g", role: .learner)))
        #expect(node.raft.configuration.member(named: "g")?.id == "g")
        #expect(node.raft.configuration["b"]?.aliases == ["bee"])
        change(.remove("g"))
        #expect(node.raft.configuration.member(named: "g") == nil)
    }

    @Test("A member that leaves takes an alias of its name with it, which an earlier release may have left")
    func removalEndsAlias() {
        var recovered = Raft.Recovered()
        recovered.configuration = Configuration(members: [
            Member(id: "a", role: .voter), Member(id: "b", role: .voter, aliases: ["c", "bee"]),
            Member(id: "c", role: .voter),
        ])
        let node = SimulatedNode("a", recovered: recovered)
        node.leadAndCommit()

        node.step(.changeConfiguration(.remove("c")))

        #expect(node.raft.configuration.member(named: "c") == nil)
        #expect(node.raft.configuration["b"]?.aliases == ["bee"])
    }

    @Test("4.2.1 A learner is promoted only when its log has caught up")
    func promotion() {
        var settings = RaftSettings()
        settings.promotionLagEntriesMax = 2
        let node = SimulatedNode(voters: ["a", "b", "c"], learners: ["d"], settings: settings)
        node.lead()
        node.flush()
        node.endTurn()
        node.matched(1, term: 1, by: "b")
        node.step(.propose(sizes: [1, 1, 1]))
        node.flush()
        node.endTurn()

        node.matched(1, term: 1, by: "d")
        #expect(node.step(.changeConfiguration(.promote("d"))).configurationOutcome == .refused(.notCaughtUp))
        node.endTurn()
        node.matched(2, term: 1, by: "d")
        #expect(node.step(.changeConfiguration(.promote("d"))).configurationOutcome == .appended(.at(5, 1)))
        #expect(node.raft.configuration.isVoter("d") == true)
        #expect(node.raft.configuration.quorum == 3)
        #expect(node.progress(of: "d")?.matchIndex == LogIndex(2))
    }

    @Test("4.2.1 A learner that does not answer is not promoted, however short the log")
    func silentLearner() {
        let node = SimulatedNode(voters: ["a"], learners: ["d"])
        node.timeOut()
        node.flush()
        node.flush()
        node.endTurn()
        #expect(node.step(.changeConfiguration(.promote("d"))).configurationOutcome == .refused(.notCaughtUp))

        node.matched(0, term: 0, by: "d")
        node.pass(milliseconds: 501)
        #expect(node.step(.changeConfiguration(.promote("d"))).configurationOutcome == .refused(.notCaughtUp))

        node.matched(1, term: 1, by: "d")
        #expect(node.step(.changeConfiguration(.promote("d"))).configurationOutcome == .appended(.at(2, 1)))
        node.timeOut()
        #expect(node.raft.role == .leader)
    }

    @Test("A member that was removed and is back in the same term is understood, and old answers are not taken for new")
    func removedAndBack() {
        let node = SimulatedNode()
        node.leadAndCommit()
        for _ in 0..<5 {
            node.timeOut()
            node.endTurn()
            node.matchAll(by: "b")
            node.matchAll(by: "c")
        }
        node.step(.changeConfiguration(.remove("c")))
        node.flush()
        node.endTurn()
        node.matched(2, term: 1, by: "b")
        node.step(.changeConfiguration(.addLearner(Member(id: "c", role: .learner))))
        let sequence = node.endTurn().requests(to: "c").first?.sequence ?? 0
        #expect(sequence > 5)

        node.conflict(at: .at(1, 1), hint: .zero, by: "c", sequence: 4)
        #expect(node.progress(of: "c")?.nextIndex == LogIndex(4))
        node.conflict(at: .at(3, 1), hint: .at(1, 1), by: "c", sequence: sequence)
        #expect(node.progress(of: "c")?.nextIndex == LogIndex(2))
        node.matched(1, term: 1, by: "c", sequence: sequence)
        #expect(node.progress(of: "c")?.state == .replicate)
    }

    @Test("A new configuration counts by its own majority at once")
    func newMajority() {
        let node = SimulatedNode(voters: ["a", "b", "c", "d"])
        node.leadAndCommit()
        node.step(.propose(sizes: [1]))
        node.flush()
        node.endTurn()
        node.matched(2, term: 1, by: "b")
        #expect(node.raft.commitIndex == LogIndex(1))

        // With d gone two of three are a majority.
        node.step(.changeConfiguration(.remove("d")))
        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(node.raft.followerProgress.map(\.id) == ["b", "c"])
    }

    @Test("4.2.2 A leader removes itself: it does not count itself, and steps down once that is committed")
    func leaderRemovesItself() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.changeConfiguration(.remove("a")))
        node.flush()
        node.endTurn()

        node.matched(2, term: 1, by: "b")
        #expect(node.raft.commitIndex == LogIndex(1))
        node.matched(2, term: 1, by: "c")
        #expect(node.raft.role == .leader)
        #expect(node.raft.commitIndex == LogIndex(2))

        let effects = node.endTurn()
        #expect(effects.requests.map(\.leaderCommit) == [LogIndex(2), LogIndex(2)])
        #expect(effects.leadershipLost)
        #expect(node.raft.role == .follower)
        #expect(node.raft.nextDeadline == nil)
        node.pass(milliseconds: 100_000)
        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)
    }

    @Test("4.2.2 A voter whose removal is not committed may still have to lead, without its own vote")
    func removedServerCampaigns() {
        let node = SimulatedNode("a", voters: ["a", "b"], term: 1)
        let without = Configuration(members: [Member(id: "b", role: .voter)])
        let entry = ConfigurationEntry(index: LogIndex(2), configuration: without)
        node.receive(.append([1, 1], commit: 1, configurations: [entry]), from: "x", term: 1)
        node.flush()

        node.timeOut()
        #expect(node.raft.role == .preCandidate)
        node.receive(.vote(preVote: true, term: 2, granted: true), from: "b", term: 1)
        node.flush()
        #expect(node.raft.role == .candidate)
        node.receive(.vote(term: 2, granted: true), from: "b", term: 2)
        #expect(node.raft.role == .leader)

        node.append(term: 3)
        node.append(after: (2, 1), commit: 2, term: 3, sequence: 2)
        #expect(node.raft.nextDeadline == nil)
    }

    @Test("Learners and outsiders do not campaign, but vote when asked (thesis 4.1)")
    func learnersVote() {
        for node in [SimulatedNode("l", voters: ["a", "b"], learners: ["l"]), SimulatedNode("x", voters: ["a", "b"])] {
            #expect(node.raft.nextDeadline == nil)
            node.pass(milliseconds: 100_000)
            node.step(.timeElapsed)
            #expect(node.raft.role == .follower)

            let preVote = node.receive(.requestVote(last: .zero, preVote: true), from: "a", term: 1)
            let vote = node.receive(.requestVote(last: .zero), from: "a", term: 1)
            #expect(preVote.votes.map(\.voteGranted) == [true])
            #expect(vote.votes.map(\.voteGranted) == [true])
        }
    }

    @Test("A learner that becomes a voter waits a whole election timeout before it campaigns")
    func promotedLearnerWaits() {
        let node = SimulatedNode("l", voters: ["a", "b"], learners: ["l"], term: 1)
        node.pass(milliseconds: 60_000)
        let voters = Configuration(members: ["a", "b", "l"].map { Member(id: NodeID($0), role: .voter) })
        let entry = ConfigurationEntry(index: LogIndex(1), configuration: voters)

        node.receive(.append([1], configurations: [entry]), from: "a", term: 1)
        node.step(.timeElapsed)

        #expect(node.raft.role == .follower)
        #expect((node.raft.nextDeadline ?? node.now).nanoseconds(since: node.now) >= 500_000_000)
    }

    @Test("Configurations are restored at a restart, and compacted with the log")
    func restart() {
        var recovered = Raft.Recovered(compacted: .at(10, 2))
        let base = Configuration(members: [Member(id: "a", role: .voter)])
        let larger = Configuration(members: [Member(id: "a", role: .voter), Member(id: "b", role: .learner)])
        recovered.hardState.currentTerm = Term(3)
        recovered.append(terms: [2, 2, 3])
        recovered.configuration = base
        recovered.configurations = [ConfigurationEntry(index: LogIndex(12), configuration: larger)]
        recovered.applied = LogIndex(11)
        let node = SimulatedNode("a", recovered: recovered)

        #expect(node.raft.configuration == larger)
        #expect(node.raft.isConfigurationCommitted == false)
        #expect(node.raft.compactedLogID == .at(10, 2))
        #expect(node.raft.commitIndex == LogIndex(11))

        node.timeOut()
        node.flush()
        node.flush()
        node.step(.applied(LogIndex(14)))
        node.step(.compacted(through: .at(13, 3)))
        #expect(node.raft.configuration(at: LogIndex(13)) == larger)
        #expect(node.raft.configuration(at: LogIndex(11)) == nil)
        #expect(node.raft.term(at: LogIndex(13)) == Term(3))
        #expect(node.raft.term(at: LogIndex(12)) == nil)
    }
}
