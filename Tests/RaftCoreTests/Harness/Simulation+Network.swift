internal import RaftCore

// The network of a simulation: messages on their way, and the links that are cut.
extension Simulation {
    func deliver() {
        var due: [Envelope] = []
        var position = 0
        while position < flights.count {
            if flights[position].arrival <= milliseconds, !isPaused(flights[position].envelope.message.to) {
                due.append(flights[position].envelope)
                flights.swapAt(position, flights.count - 1)
                flights.removeLast()
            } else {
                position += 1
            }
        }
        for receiver in servers.indices where servers[receiver].isRunning {
            // Some messages share a turn, as they do when a busy server drains its sockets.
            var batch: [SimulatedServer.Input] = []
            for envelope in due where envelope.message.to == servers[receiver].id {
                if isCut(envelope.message.from, envelope.message.to) { continue }
                batch.append(.deliver(envelope))
                if batch.count >= 3 || random.chance(500) {
                    turn(receiver, batch)
                    batch.removeAll()
                }
            }
            if !batch.isEmpty { turn(receiver, batch) }
        }
        for envelope in due { reportSnapshot(envelope) }
    }

    /// Reports to the sender of a snapshot whether it was delivered.
    func reportSnapshot(_ envelope: Envelope) {
        guard case .installSnapshotRequest(let request) = envelope.message.body,
            let sender = position(of: envelope.message.from), let receiver = position(of: envelope.message.to),
            servers[sender].isRunning
        else { return }
        let isDelivered =
            servers[receiver].isRunning && !isCut(envelope.message.from, envelope.message.to)
        let event = Event.snapshotSent(
            to: envelope.message.to, lastIncluded: request.lastIncluded, succeeded: isDelivered)
        turn(sender, [.event(event)])
    }

    func launch(_ envelope: Envelope) {
        if random.chance(weather.lossPerMille) { return }
        let copies = random.chance(weather.repeatPerMille) ? 2 : 1
        for copy in 0..<copies {
            // A repetition may arrive long after.
            let delay = random.below(weather.delayMilliseconds) + copy * random.below(2_000)
            flights.append(Flight(arrival: milliseconds + UInt64(delay), envelope: envelope))
        }
    }

    func isPaused(_ id: NodeID) -> Bool {
        guard let position = position(of: id) else { return false }
        return pausedUntil[position] > milliseconds
    }

    func isCut(_ sender: NodeID, _ receiver: NodeID) -> Bool {
        guard let from = position(of: sender), let to = position(of: receiver) else { return true }
        return cuts[from][to]
    }

    /// Cuts one server off, cuts one direction of one link, or mends everything.
    func cut() {
        switch random.below(3) {
        case 0: isolate(random.below(servers.count))
        case 1: cuts[random.below(servers.count)][random.below(servers.count)] = true
        default: mend()
        }
    }

    func isolate(_ lonely: Int) {
        for other in servers.indices {
            cuts[lonely][other] = true
            cuts[other][lonely] = true
        }
    }

    func mend() {
        cuts = Array(repeating: Array(repeating: false, count: servers.count), count: servers.count)
    }
}
