// Cluster membership changes, one server at a time (thesis 4.1 to 4.3).
extension Raft {
    mutating func changeConfiguration(_ change: ConfigurationChange, into effects: inout Effects) {
        if let refusal = refusalOfAnyChange {
            effects.configurationOutcome = .refused(refusal)
            return
        }
        switch result(of: change) {
        case .refused(let refusal):
            effects.configurationOutcome = .refused(refusal)
        case .changed(let members, let featureLevel):
            let changed = Configuration(members: members, featureLevel: featureLevel)
            if changed == configuration {
                effects.configurationOutcome = .unchanged
                return
            }
            appendGenerated(.configuration(changed), into: &effects)
            configurations.append(ConfigurationEntry(index: log.last.index, configuration: changed))
            effects.configurationOutcome = .appended(log.last)
            configurationDidChange(into: &effects)
            // A smaller quorum may be complete already.
            advanceCommitIndex(into: &effects)
            confirmReads(into: &effects)
        }
    }

    /// Why no change at all can be made now, or nil.
    private var refusalOfAnyChange: ConfigurationOutcome.Refusal? {
        guard role == .leader else { return .notLeader }
        if isLeadershipTransferInProgress { return .leadershipTransferInProgress }
        // Ongaro, "bug in single-server membership changes", raft-dev, 2015: a leader must have committed an entry of
        // its term first. Otherwise two leaders can each change the same configuration, and their quorums need not
        // meet.
        if !hasCommittedInCurrentTerm, !settings.has(.changesBeforeCommit) { return .noCommitInTermYet }
        // Thesis 4.1: commitment of the previous change is what allows the next. "Before this point, overlapped
        // configuration changes could degrade to unsafe situations."
        if !isConfigurationCommitted, !settings.has(.changesWhileChanging) { return .changeInProgress }
        return nil
    }

    private enum ChangeResult {
        case changed([Member], featureLevel: UInt8)
        case refused(ConfigurationOutcome.Refusal)
    }

    private func result(of change: ConfigurationChange) -> ChangeResult {
        var members = configuration.members
        var featureLevel = configuration.featureLevel
        func position(of id: NodeID) -> Int? { members.firstIndex { $0.id == id } }
        switch change {
        case .addLearner(var member):
            if let position = position(of: member.id) {
                member.role = members[position].role
                member.since = members[position].since
                member.instance = members[position].instance
                members[position] = member
            } else {
                if members.count >= settings.memberCountMax { return .refused(.tooManyMembers) }
                member.role = .learner
                member.since = log.last.index.next
                members.append(member)
            }
            endAliases(named: member.id.name, in: &members)
        case .promote(let id):
            guard let position = position(of: id) else { return .refused(.unknownMember) }
            if members[position].role == .learner, !isCaughtUp(id) { return .refused(.notCaughtUp) }
            members[position].role = .voter
        case .demote(let id):
            guard let position = position(of: id) else { return .refused(.unknownMember) }
            if configuration.isVoter(id), configuration.voterCount == 1 { return .refused(.lastVoter) }
            members[position].role = .learner
        case .remove(let id):
            guard let position = position(of: id) else { return .refused(.unknownMember) }
            if configuration.isVoter(id), configuration.voterCount == 1 { return .refused(.lastVoter) }
            members.remove(at: position)
            endAliases(named: id.name, in: &members)
        case .raiseFeatureLevel(let level):
            // No server leads a cluster that may write more than it knows.
            if level <= settings.featureLevel { featureLevel = max(featureLevel, level) }
        }
        return .changed(members, featureLevel: featureLevel)
    }

    /// An id beats an alias of the same name, and ends it: once its bearer has left, the name must not lead to another
    /// member, or a removal that is sent twice removes both.
    private func endAliases(named name: String, in members: inout [Member]) {
        for position in members.indices where members[position].aliases.contains(name) {
            members[position].aliases.removeAll { $0 == name }
        }
    }

    /// Thesis 4.2.1: until new servers' logs are caught up, they put the availability of the cluster at risk. So does
    /// one that does not answer, however short the log is. The leader itself, demoted, is caught up by definition.
    private func isCaughtUp(_ learner: NodeID) -> Bool {
        if learner == id { return true }
        guard let progress = leadership?.progress(of: learner), progress.lostThrough == nil,
            progress.isRecentlyActive(within: settings.electionTimeoutNanosecondsMin, now: clock)
        else { return false }
        return log.last.index.rawValue - progress.matchIndex.rawValue <= settings.promotionLagEntriesMax
    }

    /// Thesis 4.2.3: a server that was removed "will not receive heartbeats, so it will time out and start new
    /// elections". It is told by whoever knows, and then it does neither. An older configuration than its own says
    /// nothing: it may have been added since. A leader that talks to it proves that it is a member again, and that it
    /// is one after all entries that this leader had then: whoever reports an older removal lags.
    ///
    /// A leader finds out by itself, from its log or because it hears of no majority any more; no word of one server
    /// may cost a cluster its leader.
    mutating func removed(at index: LogIndex, by sender: NodeID, into effects: inout Effects) {
        guard role != .leader, sender != id, configurations.contains(sender) else { return }
        let isNews = configuration[id] == nil ? index >= configurationIndex : index > configurationIndex
        let isBelieved = isNews && !isCountedIn(after: index) || settings.has(.forgetsMembership)
        guard isBelieved, configurations.contains(id) else { return }
        isToldRemoved = true
        becomeFollower(term: currentTerm, leader: nil, into: &effects)
    }

    /// The leader of the current term talks to this server, and its log has the entry at `index`. It has all entries
    /// that are committed as well (Leader Completeness), so if one of them removed this server, a later one has added
    /// it again.
    mutating func noteCountedIn(through index: LogIndex) {
        if countedIn.term < currentTerm {
            let isRemovedInLog = configuration[id] == nil && isConfigurationCommitted
            countedIn = CountedIn(term: currentTerm, through: isRemovedInLog ? configurationIndex.next : .zero)
        }
        countedIn.through = max(countedIn.through, index)
    }

    /// Whether the leader that this server follows counted it as a member when that leader's log had an entry after
    /// `index`.
    private func isCountedIn(after index: LogIndex) -> Bool {
        role == .follower && leaderID != nil && countedIn.term == currentTerm && countedIn.through > index
    }

    /// Whether `configuration` counts this server as a voter. Its name alone does not make it one: while a server that
    /// took over a name, or lost its disk, is sent the log, it passes through configurations whose member of that name
    /// was another directory. It would lead the cluster of one with which a log may begin, and so a second cluster.
    func isVoter(of configuration: Configuration) -> Bool {
        guard let member = configuration[id], member.role == .voter else { return false }
        guard let instance, let its = member.instance else { return true }
        return its == instance || settings.has(.actsForNamesake)
    }

    /// Thesis 4.1: "The new configuration takes effect on each server as soon as it is added to that server's log".
    mutating func configurationDidChange(into effects: inout Effects) {
        effects.configurationChanged = true
        let wasVoter = isVoter
        let configuration = configuration
        isVoter = isVoter(of: configuration)
        if role == .leader {
            leadership?.revise(
                for: configuration, leader: id, isVoter: isVoter, nextIndex: log.last.index.next, settings: settings)
        } else if isVoter, !wasVoter {
            // The timer dates from a time when it did not matter.
            drawElectionTimeout()
            electionTimer.restart(at: clock)
        }
    }
}
