internal import RaftCore

/// Plays a scenario: a text of commands to a small cluster, each followed by what it made happen.
///
/// Nothing happens by itself: messages wait until they are delivered, timers run out on command. Only disks are
/// prompt, unless held. A line that starts with `> ` is a command:
///
/// ```
/// cluster a b c [learners d] [noprevote] [entriesmax 1]    a new cluster
/// server e                   a server that belongs to no cluster yet
/// log a 1 1 2 [term 3] [commit 2]          replaces a's disk by a log of entries of these terms
/// timeout a                  a's timer runs out
/// heartbeat a                a leader's timer runs out
/// heartbeat a n | until b    the same n times, or until b's timer is due, everything that follows delivered silently
/// campaign a                 a's timer runs out, and everything that follows is delivered silently
/// advance 500                time passes, in ms, and no timer is looked at
/// propose a 3                a appends 3 commands        read a         a takes a linearizable read
/// deliver [a->b [n]]         delivers, and lists, messages: all until none is left, or those waiting on one link
/// settle                     delivers everything silently
/// drop a->b                  loses what waits on a link
/// cut a b / heal             loses everything on a link from now on, both ways / mends all links
/// hold a / flush a [n] / release a         a's disk stops / completes its n oldest jobs / is prompt again
/// crash a / restart a
/// rollback a 5               a starts again from an older copy of its disk, with its log through 5
/// change a add d | promote d | demote d | remove d
/// transfer a [b]
/// unreachable a b            a learns that its connection to b closed
/// compact a 5                a drops its log through 5
/// install a [fails]          a's pending installation of a snapshot ends
/// state                      one line per server, and what leaders know of their followers
/// ```
final class Scenario {
    private var servers: [ScenarioServer] = []
    private var settings = {
        var settings = RaftSettings()
        settings.abstainsAfterStart = false
        return settings
    }()
    private var members: [Member] = []
    private var waiting: [Envelope] = []
    private var cuts: [(NodeID, NodeID)] = []
    private var held: [NodeID] = []
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var lastValue: UInt64 = 0
    private var lastRead: UInt64 = 0
    private var output: [String] = []
    private var isVerbose = false

    /// The text with the outputs of its commands replaced by what happens now.
    static func play(_ text: String) -> String {
        let scenario = Scenario()
        var result: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("> ") {
                result.append(line)
                result += scenario.perform(String(line.dropFirst(2)))
            } else if line.isEmpty || line.hasPrefix("#") {
                result.append(line)
            }
        }
        return result.joined(separator: "\n")
    }

    private func perform(_ command: String) -> [String] {
        output.removeAll()
        let words = command.split(separator: " ").map(String.init)
        let arguments = Array(words.dropFirst())
        if !performOnCluster(words[0], arguments), !performOnServer(words[0], arguments) {
            output.append("! no such command")
        }
        return output
    }

    // MARK: Commands

    private func performOnCluster(_ name: String, _ arguments: [String]) -> Bool {
        switch name {
        case "cluster":
            makeCluster(arguments)
        case "advance":
            now = now.advanced(byNanoseconds: (UInt64(arguments[0]) ?? 0) * 1_000_000)
        case "deliver":
            isVerbose = true
            if let link = arguments.first {
                deliver(on: link, count: arguments.dropFirst().first)
            } else {
                deliverAll()
            }
            isVerbose = false
        case "settle":
            deliverAll()
        case "drop":
            let before = waiting.count
            waiting.removeAll { "\($0.message.from)->\($0.message.to)" == arguments[0] }
            output.append("dropped \(before - waiting.count)")
        case "cut":
            cuts.append((NodeID(arguments[0]), NodeID(arguments[1])))
        case "heal":
            cuts.removeAll()
        case "state":
            output += servers.flatMap(describe)
        default:
            return false
        }
        return true
    }

    private func performOnServer(_ name: String, _ arguments: [String]) -> Bool {
        if name == "server" {
            addServer(NodeID(arguments[0]), configuration: Configuration())
            return true
        }
        guard let first = arguments.first, let server = server(NodeID(first)) else { return false }
        let second = arguments.dropFirst().first
        switch name {
        case "log": setLog(of: server, arguments.dropFirst())
        case "timeout": runOutTimer(of: server)
        case "heartbeat":
            heartbeat(of: server, Array(arguments.dropFirst()))
        case "campaign":
            runOutTimer(of: server)
            deliverAll()
        case "propose": propose(to: server, count: second.flatMap { Int($0) } ?? 1)
        case "read":
            lastRead += 1
            turn(server, [.event(.readIndex(ReadID(lastRead)))])
        case "hold": held.append(server.id)
        case "flush":
            server.write(jobs: second.flatMap { Int($0) } ?? .max)
            observe(server) { server.reportFlush(now: now) }
        case "release":
            held.removeAll { $0 == server.id }
            flush(server)
        case "crash": server.crash()
        case "restart":
            server.restart(seed: 1, now: now)
        case "rollback":
            server.crash()
            server.rollBack(through: LogIndex(second.flatMap { UInt64($0) } ?? 0))
            server.restart(seed: 1, now: now)
        case "change":
            turn(server, [.event(.changeConfiguration(change(arguments)))])
            if let outcome = server.configurationOutcome { output.append("\(outcome)".spelledOut) }
        case "transfer": turn(server, [.event(.transferLeadership(to: second.map { NodeID($0) }))])
        case "unreachable": turn(server, [.event(.peerUnreachable(NodeID(second ?? "")))])
        case "compact":
            server.persistMachine()
            observe(server) { server.compact(through: LogIndex(second.flatMap { UInt64($0) } ?? 0), now: now) }
        case "install": observe(server) { server.install(succeeds: second == nil, now: now) }
        default: return false
        }
        return true
    }

    private func change(_ arguments: [String]) -> ConfigurationChange {
        let id = NodeID(arguments[2])
        switch arguments[1] {
        case "add": return .addLearner(Member(id: id, role: .learner))
        case "promote": return .promote(id)
        case "demote": return .demote(id)
        default: return .remove(id)
        }
    }

    private func makeCluster(_ arguments: [String]) {
        var role = Member.Role.voter
        var iterator = arguments.makeIterator()
        while let word = iterator.next() {
            switch word {
            case "learners": role = .learner
            case "noprevote": settings.preVote = false
            case "entriesmax": settings.messageEntriesMax = iterator.next().flatMap { Int($0) } ?? 1
            default: members.append(Member(id: NodeID(word), role: role))
            }
        }
        for member in members { addServer(member.id, configuration: Configuration(members: members)) }
    }

    private func addServer(_ id: NodeID, configuration: Configuration) {
        var disk = ScenarioServer.Disk()
        disk.configuration = configuration
        add(ScenarioServer(id: id, settings: settings, disk: disk, seed: UInt64(servers.count), now: now))
    }

    private func add(_ server: ScenarioServer) {
        servers.append(server)
        servers.sort { $0.id < $1.id }
    }

    private func setLog(of server: ScenarioServer, _ words: ArraySlice<String>) {
        var disk = ScenarioServer.Disk()
        disk.configuration = server.disk.configuration
        var iterator = words.makeIterator()
        while let word = iterator.next() {
            switch word {
            case "term": disk.hardState.currentTerm = Term(iterator.next().flatMap { UInt64($0) } ?? 0)
            case "commit":
                let commit = LogIndex(iterator.next().flatMap { UInt64($0) } ?? 0)
                for entry in disk.log.entries where entry.id.index <= commit { disk.machine.apply(entry) }
            default:
                let id = LogID(index: disk.log.last.index.next, term: Term(UInt64(word) ?? 0))
                // Equal ids mean equal entries.
                let content = LogEntry.Content.command(id.index.rawValue * 1_000 + id.term.rawValue)
                disk.log.entries.append(LogEntry(id: id, content: content))
                disk.hardState.currentTerm = max(disk.hardState.currentTerm, id.term)
            }
        }
        servers.removeAll { $0 === server }
        add(ScenarioServer(id: server.id, settings: settings, disk: disk, seed: UInt64(servers.count), now: now))
    }

    private func runOutTimer(of server: ScenarioServer) {
        guard let deadline = server.raft.nextDeadline else {
            output.append("\(server.id) has no timer")
            return
        }
        now = max(now, deadline)
        turn(server, [.event(.timeElapsed)])
    }

    private func heartbeat(of leader: ScenarioServer, _ words: [String]) {
        if words.first == "until", words.count == 2, let other = server(NodeID(words[1])) {
            // A follower that hears from the leader never times out, so there is a bound.
            for _ in 0..<100 {
                guard let deadline = leader.raft.nextDeadline, let due = other.raft.nextDeadline, deadline < due else {
                    return
                }
                runOutTimer(of: leader)
                deliverAll()
            }
            output.append("! \(other.id) never times out")
        } else if let count = words.first.flatMap({ Int($0) }) {
            for _ in 0..<count {
                runOutTimer(of: leader)
                deliverAll()
            }
        } else {
            runOutTimer(of: leader)
        }
    }

    private func propose(to server: ScenarioServer, count: Int) {
        let first = lastValue + 1
        lastValue += UInt64(count)
        turn(server, [.propose(Array(first...lastValue))])
    }

    // MARK: Turns

    private func turn(_ server: ScenarioServer, _ inputs: [ScenarioServer.Input]) {
        observe(server) { server.turn(inputs, now: now) }
        flush(server)
    }

    private func flush(_ server: ScenarioServer) {
        while server.unwrittenJobs > 0, !held.contains(server.id) {
            server.write()
            observe(server) { server.reportFlush(now: now) }
        }
    }

    /// Carries `body` out, and notes what changed at the server and what it sends.
    private func observe(_ server: ScenarioServer, _ body: () -> Void) {
        let role = server.raft.role
        let term = server.raft.currentTerm
        let commit = server.raft.commitIndex
        body()
        if let index = server.truncatedFrom { output.append("\(server.id) removes its log from \(index)") }
        if server.raft.role != role || server.raft.currentTerm != term {
            output.append("\(server.id) is \(server.raft.role) in term \(server.raft.currentTerm)")
        }
        if server.raft.commitIndex != commit {
            output.append("\(server.id) commits through \(server.raft.commitIndex)")
        }
        for loss in server.dataLosses {
            switch loss.stage {
            case .found(let has):
                output.append("\(server.id): \(loss.node) had acknowledged \(loss.acknowledged), has \(has)")
            case .repaired:
                output.append("\(server.id): \(loss.node) has \(loss.acknowledged) again")
            }
        }
        server.dataLosses.removeAll()
        for read in server.readsReady { output.append("\(server.id) serves read \(read.id.rawValue) at \(read.index)") }
        for read in server.readsFailed { output.append("\(server.id) fails read \(read.rawValue)") }
        server.readsFailed.removeAll()
        server.readsReady.removeAll()
        waiting += server.outbox
        server.outbox.removeAll()
        for follower in server.snapshotsToSend {
            output.append("\(server.id) sends a snapshot to \(follower)")
            if let snapshot = server.snapshot(for: follower) { waiting.append(snapshot) }
        }
        server.snapshotsToSend.removeAll()
    }

    // MARK: Delivery

    private func deliverAll() {
        var budget = 10_000
        while !waiting.isEmpty, budget > 0 {
            deliver(waiting.removeFirst())
            budget -= 1
        }
        if budget == 0 { output.append("! the messages do not end") }
    }

    private func deliver(on link: String, count: String?) {
        var remaining = count.flatMap { Int($0) } ?? .max
        var due: [Envelope] = []
        waiting.removeAll { envelope in
            guard remaining > 0, "\(envelope.message.from)->\(envelope.message.to)" == link else { return false }
            remaining -= 1
            due.append(envelope)
            return true
        }
        for envelope in due { deliver(envelope) }
    }

    private func deliver(_ envelope: Envelope) {
        let message = envelope.message
        let isLost = cuts.contains { link in
            (link.0 == message.from && link.1 == message.to) || (link.1 == message.from && link.0 == message.to)
        }
        let receiver = server(message.to).flatMap { $0.isRunning && !isLost ? $0 : nil }
        if isVerbose { output.append(envelope.description + (receiver == nil ? " (lost)" : "")) }
        if let receiver { turn(receiver, [.deliver(envelope)]) }
        if case .installSnapshotRequest(let request) = message.body, let sender = server(message.from), sender.isRunning
        {
            let event = Event.snapshotSent(
                to: message.to, lastIncluded: request.lastIncluded, succeeded: receiver != nil)
            turn(sender, [.event(event)])
        }
    }

    private func server(_ id: NodeID) -> ScenarioServer? { servers.first { $0.id == id } }

    // MARK: Description

    private func describe(_ server: ScenarioServer) -> [String] {
        if !server.isRunning { return ["\(server.id) is down"] }
        var line = "\(server.id) \(server.raft.role) term \(server.raft.currentTerm)"
        if let vote = server.raft.hardState.votedFor { line += " vote \(vote)" }
        line += " log \(server.log.summary) commit \(server.raft.commitIndex) flushed \(server.raft.flushedIndex)"
        var lines = [line]
        for progress in server.raft.followerProgress {
            lines.append(
                "  \(progress.id) \(progress.state) match \(progress.matchIndex) next \(progress.nextIndex)"
                    + (progress.lostThrough.map { " lost through \($0)" }
                        ?? (progress.isRecentlyActive ? "" : " silent")))
        }
        return lines
    }
}
