internal import RaftCore

/// The nodes that forwarded writes to this one. A tag names one by its number. Each link has its own number, so
/// that an answer never goes to a later process of the sender.
///
/// Expiry: a number ends with the link that it was given to (`endLink`).
struct ForwardOrigins {
    private var origins: [(number: UInt32, peer: NodeID)] = []
    private var lastNumber: UInt32 = 0

    /// One tag per command of the message `id` from `peer`, in order.
    mutating func makeTags(forMessage id: UInt64, count: Int, from peer: NodeID) -> [RequestTag] {
        let origin = number(of: peer)
        var tags: [RequestTag] = []
        tags.reserveCapacity(count)
        for offset in 0..<count {
            tags.append(
                RequestTag(
                    sink: RequestTag.forwardSink, connection: origin,
                    request: ForwardTag.encode(id: id, offset: offset)))
        }
        return tags
    }

    /// Who is waiting for the answer to `tag`; nil if its link is gone.
    func peer(of tag: RequestTag) -> NodeID? {
        origins.first { $0.number == tag.connection }?.peer
    }

    mutating func endLink(to peer: NodeID) {
        origins.removeAll { $0.peer == peer }
    }

    private mutating func number(of peer: NodeID) -> UInt32 {
        if let origin = origins.first(where: { $0.peer == peer }) { return origin.number }
        lastNumber &+= 1
        origins.append((lastNumber, peer))
        return lastNumber
    }
}
