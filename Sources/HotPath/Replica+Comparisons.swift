internal import NIOCore
internal import RaftCore

/// Comparisons of the members' data: at an entry of the log each member makes a digest of the same range of keys, and
/// the leader compares them. A difference becomes a `Verdict` in the log.
extension Replica {
    /// Proposes the next comparison when it is due, and ends the one under way. Once per turn.
    func compareStates(now: Instant) {
        guard let comparer = ports.comparer, raft.role == .leader, raft.hasCommittedInCurrentTerm, mayCompare else {
            return
        }
        endRoundIfOver(now: now)
        if standing.isOdd { return endComparisonsWithLeadership() }
        // The first one is not due before the leader has led for a while.
        controlWaits.comparisons.expect(at: nextComparison(after: now))
        guard controlWaits.comparisons.round == nil else { return }
        guard raft.canPropose, !isFull else {
            let retry = now.advanced(byNanoseconds: settings.retryNanoseconds)
            return controlWaits.comparisons.postpone(to: retry, now: now)
        }
        if controlWaits.comparisons.isWholeWanted {
            begin(.all, deadline: controlWaits.comparisons.lastWaiterDeadline ?? now, now: now)
            controlWaits.comparisons.serveWaiters()
        } else if controlWaits.comparisons.isDue(now: now) {
            controlWaits.comparisons.seek()
            comparer.findEnd(of: controlWaits.comparisons.start, bytes: settings.comparisonBytes)
        }
    }

    /// All members know controlWaits.comparisons.
    private var mayCompare: Bool { raft.configuration.featureLevel >= EntryKind.comparison.featureLevel }

    /// Nil if there are none in the background.
    private func nextComparison(after now: Instant) -> Instant? {
        let interval = settings.comparisonIntervalNanoseconds
        return interval > 0 ? now.advanced(byNanoseconds: interval) : nil
    }

    private func begin(_ range: KeyRange, deadline: Instant, now: Instant) {
        let id = propose(.comparison, range.payload, now: now)
        controlWaits.comparisons.begin(range, at: id, deadline: deadline)
    }

    /// Appends an entry that no user has asked for. Call only while the core may propose. Returns its id.
    private func propose(_ kind: EntryKind, _ payload: ByteBuffer, now: Instant) -> LogID {
        let id = LogID(index: raft.lastLogID.index.next, term: raft.currentTerm)
        let entry = Entry(id: id, kind: kind, commandCount: 0, payload: payload, featureLevel: kind.featureLevel)
        step(.propose(sizes: [UInt32(entry.encodedBytes)]), now: now, entries: [entry])
        return id
    }

    // MARK: Reports of this node

    func takeComparisonReports(now: Instant) {
        for report in inbox.comparisonReports {
            switch report {
            case .digest(let digest, let id): answerComparison(digest, at: id)
            case .range(let range): takeNextRange(range, now: now)
            case .unreadable(let failure): noteUnreadable(failure, now: now)
            }
        }
        if let verdicts = inbox.verdicts { standing.verdicts = verdicts }
    }

    /// A digest that an earlier leader has asked for interests nobody any more.
    private func answerComparison(_ digest: StateDigest?, at id: LogID) {
        guard !standstill.isFrozen, id.term == raft.currentTerm, let leader = raft.leaderID else { return }
        if leader == raft.id {
            controlWaits.comparisons.note(digest, of: raft.id, at: id.index)
        } else if mayCompare {
            precondition(digest.map { $0.applied == id } ?? true, "a digest for \(id) was made of another state")
            ports.links.send(.comparisonAnswer(id: id, digest: digest), to: leader)
        }
    }

    private func takeNextRange(_ range: KeyRange?, now: Instant) {
        guard controlWaits.comparisons.isSeeking else { return }
        controlWaits.comparisons.endSearch(dueAt: nextComparison(after: now))
        // Somebody may have asked for a comparison of everything meanwhile, which comes first.
        guard let range, raft.canPropose, controlWaits.comparisons.round == nil, !standing.isOdd, !standstill.isFrozen
        else { return }
        begin(range, deadline: now.advanced(byNanoseconds: settings.comparisonWaitNanoseconds), now: now)
    }

    /// The alarm about it is raised once.
    private func noteUnreadable(_ failure: StoreFailure, now: Instant) {
        guard standing.unreadable == nil else { return }
        standing.unreadable = failure
        standing.statusDetailsDue = now
        onTrouble(.unreadableData(failure))
    }

    /// A leader that cannot read all of its data can serve neither all reads nor a snapshot. It may campaign all the
    /// same: there may be nobody else. Once per turn.
    func handOverIfUnreadable(now: Instant) {
        guard standing.unreadable != nil, raft.role == .leader, raft.canPropose, standing.handOverDue <= now else {
            return
        }
        standing.handOverDue = now.advanced(byNanoseconds: settings.handOverPauseNanoseconds)
        handOverToRight(now: now)
    }

    // MARK: Digests of the others

    func takeComparisonAnswer(_ id: LogID, _ digest: StateDigest?, from peer: NodeID) {
        guard raft.role == .leader, id.term == raft.currentTerm else { return }
        controlWaits.comparisons.note(digest, of: peer, at: id.index)
    }

    private func endRoundIfOver(now: Instant) {
        guard let round = controlWaits.comparisons.round, round.deadline <= now || isAnswered(round) else { return }
        let configuration = raft.configuration
        let outcome = ComparisonOutcome(of: round.digests(in: configuration), in: configuration)
        controlWaits.comparisons.end(outcome, dueAt: nextComparison(after: now))
        standing.statusDetailsDue = now
        switch outcome {
        case .agreed, .unknown: break
        case .odd(let suspects): accuse(suspects, isDecided: true, in: round, now: now)
        case .undecided(let suspects, _): accuse(suspects, isDecided: false, in: round, now: now)
        }
        let answers = configuration.members.map { member in
            WholeComparison.Answer(
                id: member.id, digest: round.answers.first { $0.id == member.id }.flatMap(\.digest))
        }
        if round.range == .all {
            for waiter in controlWaits.comparisons.takeServed() { waiter(.compared(at: round.id, answers)) }
        }
    }

    /// All members that can be reached have answered.
    private func isAnswered(_ round: ComparisonRounds.Round) -> Bool {
        guard round.hasAnswer(of: raft.id) || raft.configuration[raft.id] == nil else { return false }
        return raft.followerProgress.allSatisfy { !$0.isRecentlyActive || round.hasAnswer(of: $0.id) }
    }

    /// Tells all members that the data of some differ, unless all know it.
    private func accuse(
        _ suspects: [Verdict.Suspect], isDecided: Bool, in round: ComparisonRounds.Round, now: Instant
    ) {
        let verdict = Verdict(
            comparedAt: round.id.index, range: round.range, isDecided: isDecided, suspects: suspects)
        var known = standing.verdicts
        known.add(verdict)
        guard known != standing.verdicts, raft.canPropose, !settings.has(.overlooksDifference) else { return }
        _ = propose(.verdict, verdict.payload, now: now)
    }

    // MARK: Verdicts

    /// What the verdicts in the state say under the configuration in force, and whether they say it of this node. Once
    /// per turn, of which nearly all find nothing.
    func noteVerdicts(now: Instant) {
        if standing.verdicts.isEmpty && standing.alarms.isEmpty && !standing.isOdd { return }
        let alarms = standing.verdicts.compactMap { $0.remaining(in: raft.configuration) }
        let condemning = standing.verdicts.first {
            $0.condemns(raft.id, raft.instance, in: raft.configuration) && !settings.has(.servesWrongData)
        }
        if alarms != standing.alarms || condemning != standing.condemning {
            let news = alarms.filter { !standing.alarms.contains($0) }
            standing.alarms = alarms
            standing.condemning = condemning
            standingChanged(now: now)
            step(.campaigningBarred(standing.isOdd), now: now)
            if standing.isOdd { withdrawSnapshots(now: now) }
            for verdict in news { onTrouble(.dataDiffer(verdict, isOwn: verdict == condemning)) }
        }
        if standing.isOdd, raft.role == .leader, raft.canPropose { handOverToRight(now: now) }
    }

    /// The log of an odd node is as good as any: only what it makes of it is not.
    private func handOverToRight(now: Instant) {
        if let successor = rightSuccessor { step(.transferLeadership(to: successor), now: now) }
    }

    /// The most suitable voter whose data nobody has found wrong: another one would not campaign.
    var rightSuccessor: NodeID? {
        var successor: FollowerProgress?
        for progress in raft.followerProgress
        where progress.isRecentlyActive && progress.lostThrough == nil && raft.configuration.isVoter(progress.id) {
            let member = raft.configuration[progress.id]
            let isOdd = standing.alarms.contains {
                $0.condemns(progress.id, member?.instance, in: raft.configuration)
            }
            if !isOdd, progress.matchIndex > successor?.matchIndex ?? .zero { successor = progress }
        }
        return successor?.id
    }

    // MARK: Of the whole state

    /// Compares all data of all members and calls `completion` once, on the owner's thread, at the latest when the time
    /// is up. Leader only.
    package func compareWholeState(
        timeoutMilliseconds: Int, completion: @escaping (WholeComparison) -> Void
    ) {
        guard raft.role == .leader, !standstill.isFrozen else { return completion(.notLeader) }
        guard ports.comparer != nil, mayCompare else { return completion(.notSupported) }
        guard !standing.isOdd else { return completion(.dataDiffer) }
        let isTaken = controlWaits.comparisons.append(
            completion, deadline: deadline(afterMilliseconds: timeoutMilliseconds))
        guard isTaken else { return completion(.tooManyWait) }
        ports.mailbox.requestTurn()
    }

    func endOverdueComparisons(now: Instant) {
        for waiter in controlWaits.comparisons.takeOverdue(now: now) { waiter(.timedOut) }
    }

    func endComparisonsWithLeadership() {
        for waiter in controlWaits.comparisons.endWithLeadership() { waiter(.notLeader) }
    }
}
