internal import HotPath
internal import RaftCore

/// Whom the faults of a schedule meet, and those that are the same in every world.
extension World {
    /// The process that leads in the highest term.
    var leading: (any WatchedProcess)? {
        var found: (any WatchedProcess)?
        for node in watched {
            guard let process = node.running, process.role == .leader else { continue }
            if found.map({ $0.currentTerm <= process.currentTerm }) ?? true { found = process }
        }
        return found
    }

    /// The committed configuration, as far as anybody knows.
    var latestConfiguration: Configuration { referee.ledger.configuration }

    /// The number of the node that a fault meets; nil if there is none now.
    func number(of target: Target) -> Int? {
        switch target {
        case .node(let number): return number
        case .leader: return leading?.number
        case .follower(let place):
            let leader = leading?.number
            let members = latestConfiguration
            let followers = watched.filter { $0.running != nil && $0.number != leader && members[$0.id] != nil }
            return followers.indices.contains(place) ? followers[place].number : nil
        case .outsider: return watched.first { latestConfiguration[$0.id] == nil }?.number
        case .learner: return watched.first { latestConfiguration[$0.id]?.role == .learner }?.number
        }
    }

    func slow(_ target: Target, _ time: Int) {
        guard let number = number(of: target), watched[number].running != nil else { return }
        watched[number].slowness = 10
        schedule(.fasten(node: number, life: watched[number].life), at: end(of: time))
        noteFault()
    }

    // MARK: Network

    func disturbNetwork(_ fault: Fault) {
        cuts += 1
        switch fault {
        case .isolate(let target, let time):
            guard let node = number(of: target) else { return }
            for other in watched.indices where other != node { cut(node, other, time) }
        case .deafen(let from, let to, let time):
            guard let from = number(of: from), let to = number(of: to), from != to else { return }
            cutOneWay(from: from, to: to, time)
        case .cut(let one, let other, let time):
            guard let one = number(of: one), let other = number(of: other), one != other else { return }
            cut(one, other, time)
        case .split(let set, let time):
            for one in watched.indices where set & (1 << one) != 0 {
                for other in watched.indices where set & (1 << other) == 0 { cut(one, other, time) }
            }
        case .breakLink(let one, let other):
            guard let one = number(of: one), let other = number(of: other), one != other,
                network.hasSession(one, other)
            else { return }
            close(one, other, silently: false)
            coverage.count(.brokenLink)
            return noteFault()
        case .storm(let time):
            // Storms that overlap are one.
            weather.loss = settings.weather.loss + 150
            weather.delayMax = min(settings.weather.delayMax * 20, 100_000_000)
            schedule(.calm, at: end(of: time))
            return noteFault(latent: .storm)
        default: return
        }
        noteFault(latent: .cut(cuts))
    }

    /// All cuts of a fault have its number.
    private func cut(_ one: Int, _ other: Int, _ time: Int) {
        cutOneWay(from: one, to: other, time)
        cutOneWay(from: other, to: one, time)
    }

    private func cutOneWay(from: Int, to: Int, _ time: Int) {
        network.cut(from: from, to: to, number: cuts)
        schedule(.mend(from: from, to: to, cut: cuts), at: end(of: time))
        // The transport gives a silent link up after a while.
        let patience = draws.network.spread(200_000_000...700_000_000)
        schedule(
            .silence(from: from, to: to, cut: cuts, session: network.session(from: to, to: from)), at: now + patience)
    }

    /// Nothing has come over a link for too long.
    func noteSilence(_ from: Int, _ to: Int, cut: UInt64, session: UInt64) {
        guard session != 0, network.isCut(from: from, to: to), network.session(from: to, to: from) == session else {
            return
        }
        noteEffect(of: .cut(cut))
        close(from, to, silently: false)
    }
}
