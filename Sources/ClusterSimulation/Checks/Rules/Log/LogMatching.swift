internal import HotPath
internal import NIOCore
internal import RaftCore

/// "Log Matching: if two logs contain an entry with the same index and term, then the logs are identical in all entries
/// up through the given index." (paper, figure 3). Every entry is looked at where it is accepted: that its bytes and
/// the term before it are the same wherever it appears implies the rest, by induction.
struct LogMatching {
    private struct Origin {
        var term: Term
        var checksum: UInt64
        var previousTerm: Term
    }

    /// By index, those of all terms.
    private var origins: [[Origin]] = []

    /// Whether anybody has ever written an entry.
    func knows(_ entry: Entry) -> Bool {
        let place = Int(entry.id.index.rawValue)
        guard origins.indices.contains(place) else { return false }
        return origins[place].contains { $0.term == entry.id.term && $0.checksum == Self.checksum(of: entry) }
    }

    /// The header of an entry begins with the checksum of the rest.
    private static func checksum(of entry: Entry) -> UInt64 {
        entry.encoded.getInteger(at: entry.encoded.readerIndex, as: UInt64.self) ?? 0
    }

    mutating func note(_ entry: Entry, after previousTerm: Term, at node: NodeID) -> String? {
        if previousTerm > entry.id.term { return "terms decrease at \(entry.id) in the log of \(node)" }
        let checksum = Self.checksum(of: entry)
        let place = Int(entry.id.index.rawValue)
        while origins.count <= place { origins.append([]) }
        for origin in origins[place] where origin.term == entry.id.term {
            if origin.checksum != checksum { return "\(entry.id) at \(node) differs from another node's" }
            if origin.previousTerm != previousTerm {
                return "\(entry.id) at \(node) follows term \(previousTerm), and elsewhere \(origin.previousTerm)"
            }
            return nil
        }
        origins[place].append(Origin(term: entry.id.term, checksum: checksum, previousTerm: previousTerm))
        return nil
    }
}
