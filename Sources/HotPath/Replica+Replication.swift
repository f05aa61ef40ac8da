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
        var item = CatchUp.Item(message: message, token: token, entriesInMemory: inMemory, entriesRead: nil)
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

    /// What this node had under way with a peer is void once the link is gone.
    func forgetLink(to peer: NodeID) {
        catchUps.removeAll { $0.follower == peer }
        for place in forwardOrigins.indices where forwardOrigins[place] == peer { forwardOrigins[place] = nil }
        failForwarded(to: peer)
        requeueReads(askedOf: peer)
        failControlRequests(to: peer)
    }
}
