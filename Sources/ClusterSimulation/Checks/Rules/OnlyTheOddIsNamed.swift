internal import HotPath
internal import RaftCore

/// A verdict names nobody whose data are right, nobody is accused while all data are right, and whoever is named shows
/// nothing of its data any more, and sends them to nobody.
enum OnlyTheOddIsNamed {
    static func breach(by process: SimulatedProcess, rotten: [NodeID]?) -> String? {
        let verdicts = process.stateMachine.verdicts
        if verdicts.isEmpty { return nil }
        for verdict in verdicts {
            guard let rotten else { break }
            if rotten.isEmpty { return "\(process.id) holds \(verdict), and all data are right" }
            if verdict.isDecided, let named = verdict.suspects.first(where: { !rotten.contains($0.id) }) {
                return "\(process.id) holds that the data of \(named.id) are wrong, and they are right"
            }
        }
        // One that came with a snapshot is known to the replica when it takes note of that. Until then the node may
        // show its data, which are right again.
        guard process.snapshots.installed == nil else { return nil }
        let isNamed = verdicts.contains { $0.condemns(process.id, nil, in: process.configuration) }
        let shown = process.board.staleReads
        if isNamed, shown != .dataDiffer, shown != .removed { return "\(process.id) is \(shown) after a verdict on it" }
        if isNamed, let offer = process.snapshots.offers.first {
            return "\(process.id) offers \(offer.member) a snapshot after a verdict on it"
        }
        if isNamed, process.role == .candidate || process.role == .preCandidate {
            return "\(process.id) campaigns after a verdict on it"
        }
        return nil
    }
}
