internal import DequeModule
internal import NIOCore
internal import RaftCore

/// Entries on their way to one follower that the ring no longer serves. While its reads are under way, later requests
/// to the same follower queue behind, because the follower expects them in order.
struct CatchUp {
    struct Item {
        var message: Message
        /// The part of the range that is on disk only, and the token of its read.
        var token: UInt64
        /// How many entries the read must bring.
        var diskCount: Int
        /// The rest of the range, from memory.
        var entriesInMemory: [Entry]
        /// What the read brought; nil until then.
        var entriesRead: [Entry]?
    }

    var follower: NodeID
    var items: Deque<Item> = []
}

extension Replica {
    /// Sends a message of the core, with the entries that it names.
    func send(_ message: Message) {
        guard case .appendEntriesRequest(let request) = message.body else {
            links.send(.raft(message, entries: []), to: message.to)
            return
        }
        let isInMemory = request.range.isEmpty || request.range.lower >= ring.firstIndex
        let catchUp = catchUps.firstIndex { $0.follower == message.to }
        if isInMemory && catchUp == nil {
            let entries = request.range.isEmpty ? [] : ring.slice(request.range)
            links.send(.raft(message, entries: entries), to: message.to)
            return
        }
        startCatchUp(message, range: request.range, at: catchUp)
    }

    private func startCatchUp(_ message: Message, range: LogRange, at place: Int?) {
        let boundary = max(range.lower, min(ring.firstIndex, range.upper))
        let inMemory = boundary < range.upper ? ring.slice(LogRange(boundary, range.upper)) : []
        let token = makeToken()
        var item = CatchUp.Item(
            message: message, token: token, diskCount: LogRange(range.lower, boundary).count,
            entriesInMemory: inMemory, entriesRead: nil)
        if range.lower < boundary {
            // The core has cut the range to the size of one message, so the read brings all of it.
            logReader.read(LogRange(range.lower, boundary), bytesMax: .max, token: token)
        } else {
            item.entriesRead = []
        }
        if let place {
            catchUps[place].items.append(item)
        } else {
            catchUps.append(CatchUp(follower: message.to, items: [item]))
        }
    }

    /// A read is done: sends what is complete, in order.
    func sendCatchUp(_ read: LogRead) {
        for place in catchUps.indices {
            guard let item = catchUps[place].items.firstIndex(where: { $0.token == read.token }) else { continue }
            let stated = catchUps[place].items[item].diskCount
            guard read.entries.count == stated else {
                // The range was truncated while it was read: this node leads no longer, or is about to learn it.
                catchUps.remove(at: place)
                return
            }
            catchUps[place].items[item].entriesRead = read.entries
            while let first = catchUps[place].items.first, let entriesRead = first.entriesRead {
                links.send(.raft(first.message, entries: entriesRead + first.entriesInMemory), to: first.message.to)
                catchUps[place].items.removeFirst()
            }
            if catchUps[place].items.isEmpty { catchUps.remove(at: place) }
            return
        }
        // The follower's link closed or leadership ended while the disk was read.
    }

    /// Links follow the configuration as soon as it is appended. A member that leaves keeps its link for a while: the
    /// answer to whoever asked for its removal may travel on it.
    func linkMembers(now: Instant) {
        let members = raft.configuration.members
        let leaving = linkedMembers.filter { linked in !members.contains { $0.id == linked.id } }
        linkedMembers = members + leaving
        links.membersChanged(linkedMembers)
        linkTrimDue = leaving.isEmpty ? nil : now.advanced(byNanoseconds: settings.linkTrimNanoseconds)
    }

    func trimLinks(now: Instant) {
        guard let due = linkTrimDue, due <= now, !isFrozen else { return }
        guard raft.isConfigurationCommitted else {
            linkTrimDue = now.advanced(byNanoseconds: settings.linkTrimNanoseconds)
            return
        }
        let members = raft.configuration.members
        for linked in linkedMembers where !members.contains(where: { $0.id == linked.id }) { forgetLink(to: linked.id) }
        linkedMembers = members
        linkTrimDue = nil
        links.membersChanged(members)
    }

    /// What this node had under way with a peer is void once the link is gone.
    func forgetLink(to peer: NodeID) {
        catchUps.removeAll { $0.follower == peer }
        forwardOrigins.removeAll { $0.peer == peer }
        failForwarded(to: peer)
        requeueReads(askedOf: peer)
        failControlRequests(to: peer)
    }
}
