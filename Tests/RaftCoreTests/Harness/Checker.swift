internal import RaftCore

/// Watches a whole cluster from outside and notes each breach of what Raft promises (paper, figure 3), over all time
/// and across crashes.
final class Checker {
    private struct Vote: Hashable {
        var voter: NodeID
        var term: Term
    }

    /// The properties of an entry wherever it appears: its content and the term before it. That these agree for all
    /// entries implies, by induction, that logs with an equal entry are equal up to it.
    private struct Origin: Hashable {
        var content: LogEntry.Content
        var previousTerm: Term
    }

    /// The state of a server at the last look.
    private struct Seen {
        var role = Raft.Role.follower
        var commitIndex = LogIndex.zero
        var applied = LogIndex.zero
        var configurationIndex = LogIndex.zero
    }

    private(set) var breaches: [String] = []
    private var leaders: [Term: NodeID] = [:]
    private var votes: [Vote: NodeID] = [:]
    /// Where the logs of candidates ended, each noted as a voter for itself.
    private var campaigns: [Vote: LogID] = [:]
    private var origins: [LogID: Origin] = [:]
    private var seen: [NodeID: Seen] = [:]
    private var readFloors: [ReadID: LogIndex] = [:]
    /// Where the logs ended of servers that have lost some of it without a leader's knowledge.
    private var undetected: [NodeID: LogIndex] = [:]
    /// All entries ever committed; `committed[0]` has index 1.
    private(set) var committed: [LogEntry] = []
    /// The term of the leader that committed each.
    private var commitTerms: [Term] = []
    /// `machines[i]` is the state machine after entry i.
    private var machines = [Machine()]
    private(set) var elections = 0
    private(set) var confirmedReads = 0
    private(set) var committedConfigurations = 0

    func breach(_ text: String) {
        if breaches.count < 5 { breaches.append(text) }
    }

    /// A server has started afresh from its disk.
    func didRestart(_ server: SimulatedServer) { seen[server.id] = Seen() }

    /// A server, which is down, has lost some of its log. Nobody can know before a leader has asked it.
    func willRollBack(_ server: SimulatedServer) { undetected[server.id] = server.disk.log.last.index }

    func didRegister(_ read: ReadID) { readFloors[read] = LogIndex(UInt64(committed.count)) }

    // MARK: Messages

    /// Nothing is sent that depends on what is not durable.
    func willSend(_ envelope: Envelope, by server: SimulatedServer) {
        let message = envelope.message
        let disk = server.disk
        if case .requestVoteRequest(let request) = message.body, request.isPreVote { return }
        if disk.hardState.currentTerm < message.term {
            breach("\(server.id) sends \(message.body) in term \(message.term) before it is durable")
        }
        switch message.body {
        case .requestVoteRequest(let request):
            campaigns[Vote(voter: server.id, term: message.term)] = request.lastLogID
            note(vote: server.id, of: server.id, term: message.term)
        case .requestVoteResponse(let response) where response.voteGranted && !response.isPreVote:
            note(vote: message.to, of: server.id, term: message.term)
            if disk.hardState.currentTerm == message.term, disk.hardState.votedFor != message.to {
                breach("\(server.id) answers with a vote for \(message.to) that is not durable")
            }
            if let lost = server.raft.hardState.lostData { checkVote(message, after: lost, of: server) }
        case .appendEntriesResponse(let response):
            // An entry that has left the log was applied, and is older than an answer that had to wait.
            if case .matched(let id) = response.result, id.index >= disk.log.compacted.index,
                disk.log.term(at: id.index) != id.term, server.raft.currentTerm == message.term
            {
                breach("\(server.id) vouches for \(id), which is not durable")
            }
        default:
            break
        }
    }

    /// A server that lost data votes only in a later term, and until it is repaired only for who has what it had.
    private func checkVote(_ message: Message, after lost: LostData, of server: SimulatedServer) {
        let candidate = campaigns[Vote(voter: message.to, term: message.term)] ?? .zero
        let isSafe = !server.raft.missesData || candidate.isAtLeastAsUpToDate(as: lost.acknowledged)
        if lost.term >= message.term || !isSafe { breach("\(server.id) votes for \(message.to) although it lost data") }
    }

    /// §5.2: "Each server will vote for at most one candidate in a given term".
    private func note(vote candidate: NodeID, of voter: NodeID, term: Term) {
        let vote = Vote(voter: voter, term: term)
        if let earlier = votes[vote], earlier != candidate {
            breach("\(voter) votes for \(earlier) and for \(candidate) in term \(term)")
        }
        votes[vote] = candidate
    }

    // MARK: States

    /// Looks at `server` after a turn of it.
    func didTurn(_ server: SimulatedServer, in servers: [SimulatedServer]) {
        var seen = self.seen[server.id] ?? Seen()
        checkLog(server)
        let flushed = server.raft.flushedIndex
        if flushed > server.disk.log.compacted.index, server.disk.log.term(at: flushed) != server.log.term(at: flushed)
        {
            breach("\(server.id) takes entry \(flushed) for durable")
        }
        if server.raft.role == .leader, seen.role != .leader { checkNewLeader(server) }
        if server.raft.commitIndex < seen.commitIndex { breach("the commit index of \(server.id) goes back") }
        if server.raft.commitIndex > seen.commitIndex { checkCommit(server, after: seen.commitIndex, servers) }
        if server.machine.applied.index != seen.applied { checkMachine(server) }
        if server.raft.role == .leader { checkLeader(server, servers) }
        if server.raft.role == .leader, server.raft.configurationIndex > seen.configurationIndex {
            checkConfigurationChange(server)
        }
        for read in server.readsReady {
            confirmedReads += 1
            if let floor = readFloors[read.id], read.index < floor {
                breach("\(server.id) serves a read at \(read.index) that began after \(floor) was committed")
            }
        }
        server.readsReady.removeAll()
        seen.role = server.raft.role
        seen.commitIndex = server.raft.commitIndex
        seen.applied = server.machine.applied.index
        seen.configurationIndex = server.raft.configurationIndex
        self.seen[server.id] = seen
    }

    /// Election Safety, and Leader Completeness: "If a log entry is committed in a given term, then that entry will be
    /// present in the logs of the leaders for all higher-numbered terms."
    private func checkNewLeader(_ server: SimulatedServer) {
        elections += 1
        let term = server.raft.currentTerm
        if let other = leaders[term], other != server.id { breach("\(other) and \(server.id) both lead term \(term)") }
        leaders[term] = server.id
        for (entry, commitTerm) in zip(committed, commitTerms)
        where entry.id.index > server.log.compacted.index && commitTerm < term {
            if server.log.term(at: entry.id.index) != entry.id.term {
                breach("leader \(server.id) of term \(term) lacks the committed entry \(entry.id)")
                return
            }
        }
    }

    /// Log Matching: checks what was appended since the last look.
    private func checkLog(_ server: SimulatedServer) {
        guard let changed = server.changedFrom else { return }
        server.changedFrom = nil
        checkConfiguration(server)
        for entry in server.log.suffix(from: max(changed, server.log.compacted.index.next)) {
            guard let previous = server.log.term(at: entry.id.index.previous) else { continue }
            let origin = Origin(content: entry.content, previousTerm: previous)
            if let known = origins[entry.id] {
                if known != origin { breach("entry \(entry.id) of \(server.id) differs from another server's") }
            } else {
                origins[entry.id] = origin
            }
            if previous > entry.id.term { breach("terms decrease at \(entry.id) in the log of \(server.id)") }
        }
    }

    /// Thesis 4.1: "each server always uses the latest configuration found in its log".
    private func checkConfiguration(_ server: SimulatedServer) {
        var latest = server.disk.configuration
        for entry in server.log.entries.reversed() {
            if case .configuration(let configuration) = entry.content {
                latest = configuration
                break
            }
        }
        if server.raft.configuration != latest {
            breach("\(server.id) uses another configuration than the latest in its log")
        }
    }

    /// Commit: entries agree with what is committed elsewhere; what nobody committed before is durable on a majority of
    /// the configuration in force at the leader, and covered by an entry of the leader's own term (§5.4.2).
    private func checkCommit(_ server: SimulatedServer, after: LogIndex, _ servers: [SimulatedServer]) {
        let commit = server.raft.commitIndex
        let first = max(after, server.log.compacted.index).next
        let news = LogRange(first, max(first, commit.next))
        for entry in server.log.slice(news) {
            let position = Int(entry.id.index.rawValue) - 1
            if position < committed.count, committed[position] != entry {
                breach("\(server.id) commits another entry \(entry.id)")
            }
        }
        if Int(commit.rawValue) <= committed.count { return }
        if server.raft.role != .leader, !server.leadershipLost {
            breach("\(server.id) commits \(commit), which no leader has committed")
        }
        if server.raft.role == .leader, server.log.term(at: commit) != server.raft.currentTerm {
            breach("\(server.id) commits \(commit), which is not of its term")
        }
        let configuration = server.raft.configuration
        var holders = 0
        for member in configuration.members where member.role == .voter {
            let holder = servers.first { $0.id == member.id }
            if let lost = undetected[member.id], lost >= commit {
                holders += 1
                continue
            }
            if let holder, holder.disk.log.last.index >= commit,
                holder.disk.log.compacted.index > commit
                    || holder.disk.log.term(at: commit) == server.log.term(at: commit)
            {
                holders += 1
            }
        }
        if holders < configuration.quorum {
            breach("\(server.id) commits \(commit), durable on \(holders) of \(configuration.voterCount) voters")
        }
        while committed.count < Int(commit.rawValue) {
            // A leader holds everything that it commits.
            guard let entry = server.log.entry(at: LogIndex(UInt64(committed.count + 1))) else {
                breach("\(server.id) commits \(commit) with a gap")
                return
            }
            if case .configuration = entry.content { committedConfigurations += 1 }
            committed.append(entry)
            commitTerms.append(server.raft.currentTerm)
            var machine = machines[machines.count - 1]
            machine.apply(entry)
            machines.append(machine)
        }
    }

    /// State Machine Safety.
    private func checkMachine(_ server: SimulatedServer) {
        let position = Int(server.machine.applied.index.rawValue)
        guard position < machines.count else {
            breach("\(server.id) applied \(server.machine.applied), which is not committed")
            return
        }
        if machines[position] != server.machine {
            breach("the state machine of \(server.id) differs at \(server.machine.applied)")
        }
    }

    /// An entry that a leader believes a follower of its term to hold is durable there.
    private func checkLeader(_ leader: SimulatedServer, _ servers: [SimulatedServer]) {
        for progress in leader.raft.followerProgress {
            guard let follower = servers.first(where: { $0.id == progress.id }),
                follower.raft.currentTerm == leader.raft.currentTerm, follower.isRunning
            else { continue }
            if progress.lostThrough != nil { undetected[follower.id] = nil }
            if undetected[follower.id] != nil { continue }
            let match = progress.matchIndex
            let log = follower.disk.log
            if match <= log.compacted.index || match < leader.log.compacted.index { continue }
            if log.term(at: match) != leader.log.term(at: match) {
                breach("\(leader.id) believes \(follower.id) holds \(match), which its disk does not")
            }
        }
    }

    /// Thesis 4.1: a leader changes one voter at a time, after the change before, in a term that it has committed in.
    private func checkConfigurationChange(_ leader: SimulatedServer) {
        let index = leader.raft.configurationIndex
        guard leader.log.term(at: index) == leader.raft.currentTerm, index > .zero,
            let before = leader.raft.configuration(at: index.previous)
        else { return }
        if leader.raft.hasCommittedInCurrentTerm == false {
            breach("\(leader.id) changes the configuration at \(index) before it committed in its term")
        }
        let earlier = leader.log.entries.last { entry in
            if case .configuration = entry.content { entry.id.index < index } else { false }
        }
        if let earlier, earlier.id.index > leader.raft.commitIndex {
            breach("\(leader.id) changes the configuration at \(index) while \(earlier.id) is not committed")
        }
        let after = leader.raft.configuration
        var differences = 0
        for member in after.members where member.role == .voter && !before.isVoter(member.id) { differences += 1 }
        for member in before.members where member.role == .voter && !after.isVoter(member.id) { differences += 1 }
        if differences > 1 { breach("\(leader.id) changes \(differences) voters at once at \(index)") }
    }
}
