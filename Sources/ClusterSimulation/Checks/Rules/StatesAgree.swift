internal import HotPath
internal import RaftCore

/// "Replicas with the same applied index have the same state digest." State Machine Safety (paper, figure 3) as the
/// stores themselves can check it, over all that tables, files and database hold.
struct StatesAgree {
    /// Of all lives of all nodes: who was first seen at an entry, and with what.
    private var seen: [LogIndex: (node: NodeID, digest: StateDigest)] = [:]

    /// `isComparison` becomes whether another node was seen at the same entry before.
    mutating func breach(by id: NodeID, _ digest: StateDigest, isComparison: inout Bool) -> String? {
        let index = digest.applied.index
        guard let first = seen[index] else {
            seen[index] = (id, digest)
            return nil
        }
        isComparison = first.node != id
        if first.digest == digest { return nil }
        return "\(id) holds \(digest) at \(index), and \(first.node) held \(first.digest)"
    }
}
