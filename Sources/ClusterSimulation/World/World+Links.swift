internal import HotPath
internal import KeyValue
internal import RaftCore

/// Links and messages.
extension World {
    // MARK: Links

    /// The node keeps links to exactly these. It closes one to a member that it had before, as the transport does: it
    /// needs no news of that, and the other end gets a goodbye, after all that was sent. If the other end still wants a
    /// link, it opens another one, as a stranger.
    func keepLinks(from node: Int, to peers: [Int]) {
        for peer in network.want(from: node, peers) {
            let session = network.drop(from: node, to: peer)
            guard session != 0, network.session(from: peer, to: node) == session, let process = watched[peer].running
            else { continue }
            coverage.count(.linkOfMemberClosed)
            let time = now + draws.network.spread(20_000...2_000_000)
            schedule(
                .linkNews(node: peer, peer: node, life: process.life, session: session, isOpen: false),
                at: network.arrival(from: node, to: peer, notBefore: time))
        }
        dialSoon(from: node)
    }

    /// The node wants links that it does not have.
    func dialSoon(from node: Int) {
        for peer in network.wanted(from: node) where !network.shareSession(node, peer) {
            scheduleDial(node, peer, within: 100_000...5_000_000)
        }
    }

    private func scheduleDial(_ one: Int, _ other: Int, within range: ClosedRange<UInt64>) {
        schedule(
            .dial(low: min(one, other), high: max(one, other)), at: now + draws.network.spread(range))
    }

    func dial(_ low: Int, _ high: Int) {
        guard network.isWanted(low, high), !network.shareSession(low, high), let one = watched[low].running,
            let other = watched[high].running
        else { return }
        let isBlocked =
            network.isCut(from: low, to: high) || network.isCut(from: high, to: low)
            || max(watched[low].pausedUntil, watched[high].pausedUntil) > now
            || network.refusesAnother(low: low, high: high, lifeOfHigh: other.life)
        guard !isBlocked else { return scheduleDial(low, high, within: 5_000_000...40_000_000) }
        link(one, other)
        // Both may have dialled: then the link that the lower node dialled takes the place of the other one.
        if draws.network.chance(perMille: 50) {
            schedule(
                .crossing(low: low, high: high, session: network.session(from: low, to: high)),
                at: now + draws.network.spread(20_000...5_000_000))
        }
    }

    /// The link that the lower node has dialled takes the place of the one that the higher node has.
    func cross(_ low: Int, _ high: Int, _ session: UInt64) {
        guard network.session(from: low, to: high) == session, network.session(from: high, to: low) == session,
            let one = watched[low].running, let other = watched[high].running, !network.isCut(from: low, to: high),
            !network.isCut(from: high, to: low)
        else { return }
        link(one, other)
    }

    private func link(_ one: any WatchedProcess, _ other: any WatchedProcess) {
        let session = network.agree(one.number, life: one.life, other.number, lifeOfOther: other.life)
        for (process, peer) in [(one, other.number), (other, one.number)] {
            schedule(
                .linkNews(
                    node: process.number, peer: peer, life: process.life, session: session, isOpen: true),
                at: now + draws.network.spread(20_000...1_000_000))
        }
    }

    /// The session of two nodes ends. Each end that is still there learns of it: at once from a reset, after a while
    /// from silence.
    func close(_ one: Int, _ other: Int, silently: Bool) {
        for (node, peer) in [(one, other), (other, one)] {
            let session = network.session(from: node, to: peer)
            guard session != 0, let process = watched[node].running else { continue }
            let delay = silently ? 200_000_000...600_000_000 : 20_000...UInt64(2_000_000)
            schedule(
                .linkNews(node: node, peer: peer, life: process.life, session: session, isOpen: false),
                at: now + draws.network.spread(delay))
        }
    }

    func linkNews(_ node: Int, _ peer: Int, _ life: UInt32, _ session: UInt64, _ isOpen: Bool, again: Occurrence) {
        guard let process = process(node, life) else { return }
        guard watched[node].pausedUntil <= now else { return schedule(again, at: watched[node].pausedUntil) }
        guard network.setOpen(isOpen, from: node, to: peer, session: session, now: now) else { return }
        guard isOpen else {
            process.peerUnreachable(watched[peer].id)
            // The other end may know nothing yet: it learns when a new link takes the place of the one that it has, or
            // from its silence.
            close(peer, node, silently: draws.network.chance(perMille: 300))
            return scheduleDial(node, peer, within: 1_000_000...40_000_000)
        }
        let former = network.takeFormer(from: node, to: peer)
        if former != .none { coverage.count(.linkReplaced) }
        // The same process at the other end has lost nothing, and its former link ends without a word.
        if former == .earlierProcess { process.peerUnreachable(watched[peer].id) }
        process.linkOpened(to: watched[peer].id)
    }

    // MARK: Messages

    func send(_ message: PeerMessage, from process: any WatchedProcess, to peer: NodeID) {
        let from = process.number
        guard let to = number(of: peer) else { return }
        referee.willSend(message, process, self)
        guard network.isOpen(from: from, to: to) else { return }
        var flight = Network.Flight(
            message: message, from: from, to: to, session: network.session(from: from, to: to), life: process.life,
            isReplay: false)
        let delay = draws.network.spread(weather.delayMin...weather.delayMax) * process.slowness
        let mayRepeat = message.mayRepeat
        let isLost = draws.network.chance(perMille: weather.loss)
        if isLost {
            noteEffect(of: .storm)
            if message.isForwarding { coverage.count(.forwardLost) }
        }
        if hasLatentFaults, message.isTransfer { noteEffect(of: .transfer) }
        countEntries(of: message, from: process, to: to)
        if !isLost {
            let time =
                weather.isUnordered && mayRepeat
                ? now + delay : network.arrival(from: from, to: to, notBefore: now + delay)
            schedule(.arrival(flight: network.launch(flight)), at: time)
        }
        guard mayRepeat else { return }
        if draws.network.chance(perMille: weather.duplication) {
            schedule(
                .arrival(flight: network.launch(flight)), at: now + delay + draws.network.spread(1_000...50_000_000))
            coverage.count(.duplicate)
        }
        if draws.network.chance(perMille: weather.replay) {
            flight.isReplay = true
            schedule(
                .arrival(flight: network.launch(flight)),
                at: now + delay + draws.network.spread(20_000_000...2_000_000_000))
        }
    }

    private func countEntries(of message: PeerMessage, from process: any WatchedProcess, to peer: Int) {
        guard case .raft(let raft, let entries) = message, let last = entries.last else { return }
        if process.sent.term != raft.term { process.sent = (raft.term, Array(repeating: .zero, count: watched.count)) }
        for entry in entries where entry.id.index <= process.sent.through[peer] { coverage.count(.entrySentAgain) }
        process.sent.through[peer] = max(process.sent.through[peer], last.id.index)
    }

    func arrive(_ number: Int, again: Occurrence) {
        let flight = network.land(number)
        guard let process = watched[flight.to].running else { return }
        if network.isCut(from: flight.from, to: flight.to) {
            for cut in network.cuts(from: flight.from, to: flight.to) { noteEffect(of: .cut(cut)) }
            return coverage.count(.messageCut)
        }
        let session = network.session(from: flight.to, to: flight.from)
        guard session == flight.session || flight.isReplay && session != 0 else { return }
        // What arrives at a process that stands still, or has not heard of its new link yet, waits for it.
        let isOpen = network.isOpen(from: flight.to, to: flight.from)
        if !isOpen || watched[flight.to].pausedUntil > now {
            let time = max(watched[flight.to].pausedUntil, now + 200_000)
            return schedule(.arrival(flight: network.launch(flight)), at: time)
        }
        if flight.isReplay, session != flight.session { process.hasMetReplay = true }
        if flight.isReplay { coverage.count(session == flight.session ? .duplicate : .replayedAcrossSessions) }
        say("\(Target.node(flight.from)) > \(Target.node(flight.to)): \(flight.message.words)")
        receive(flight, process)
    }

    private func receive(_ flight: Network.Flight, _ process: any WatchedProcess) {
        do {
            if let refusal = process.receive(try arrived(flight.message), from: watched[flight.from].id) {
                // A node of an older release cannot take it, and hears of it again once it is a later one.
                if case .snapshotOfLaterLevel(let level) = refusal, level > process.featureLevel { return }
                referee.breach("\(process.id) refuses a message of \(watched[flight.from].id): \(refusal)")
            }
        } catch {
            referee.breach("\(process.id) cannot decode a message of \(watched[flight.from].id): \(error)")
        }
        wake(flight.to, life: process.life)
    }

    /// As the transport does: entries are decoded from bytes, and the request is completed from them.
    private func arrived(_ message: PeerMessage) throws -> PeerMessage {
        guard case .raft(var raft, let entries) = message, case .appendEntriesRequest(var request) = raft.body else {
            return message
        }
        var decoded: [Entry] = []
        decoded.reserveCapacity(entries.count)
        for entry in entries {
            var bytes = entry.encoded
            decoded.append(try Entry(decoding: &bytes))
        }
        try request.describe(decoded)
        raft.body = .appendEntriesRequest(request)
        return .raft(raft, entries: decoded)
    }
}

extension PeerMessage {
    fileprivate var isForwarding: Bool {
        switch self {
        case .forwardedWrites, .forwardedWritesAnswer: true
        default: false
        }
    }

    fileprivate var isTransfer: Bool {
        guard case .raft(let message, _) = self, case .timeoutNow = message.body else { return false }
        return true
    }

    /// Whether a copy, or a later one, changes nothing. The protocol of forwarded writes and of control requests relies
    /// on the stream that carries it, which repeats nothing; the core relies on nothing.
    fileprivate var mayRepeat: Bool {
        switch self {
        case .raft, .readIndexRequest, .readIndexAnswer, .comparisonAnswer: true
        case .forwardedWrites, .forwardedWritesAnswer, .removed, .controlRequest, .controlAnswer: false
        }
    }
}
