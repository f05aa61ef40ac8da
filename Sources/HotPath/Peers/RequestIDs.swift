/// Numbers for requests that are answered later: reads, forwarded writes and control requests, which go to other nodes,
/// and log reads. They start at a random place, so that an answer meant for an earlier process of this node is not
/// taken for one of ours.
struct RequestIDs {
    private var last: UInt64

    /// Leaves room for an offset of `ReplicaLimits.forwardCommandsMax` below each id (`ForwardTag`), and for counting
    /// up without overflow.
    init(random: UInt64) { last = random >> 24 }

    mutating func makeID() -> UInt64 {
        last += 1
        return last
    }
}
