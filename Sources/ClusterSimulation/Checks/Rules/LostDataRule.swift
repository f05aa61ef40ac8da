internal import HotPath
internal import RaftCore

/// A server that lost entries that it had acknowledged may have lost its vote with them. So it grants none in the term
/// in which the loss was found, and until it is repaired it votes only for a candidate that has what it had.
struct LostDataRule {
    /// Where the logs of candidates ended, each noted as a vote for itself.
    private var campaigns: [OneVotePerTerm.Ballot: LogID] = [:]
    /// Nodes whose disks went back at any time.
    private(set) var everLost: [Bool]

    init(nodeCount: Int) { everLost = Array(repeating: false, count: nodeCount) }

    mutating func willLose(_ node: Int) { everLost[node] = true }

    mutating func note(campaignOf node: NodeID, in term: Term, endingAt last: LogID) {
        campaigns[OneVotePerTerm.Ballot(voter: node, term: term)] = last
    }

    func lastLogID(ofCandidate node: NodeID, in term: Term) -> LogID? {
        campaigns[OneVotePerTerm.Ballot(voter: node, term: term)]
    }

    func breach(ofVoteFor candidate: NodeID, in term: Term, by process: any WatchedProcess) -> String? {
        guard let lost = process.hardState.lostData else { return nil }
        let last = lastLogID(ofCandidate: candidate, in: term) ?? .zero
        let isSafe = !process.missesData || last.isAtLeastAsUpToDate(as: lost.acknowledged)
        guard lost.term >= term || !isSafe else { return nil }
        return "\(process.id) votes for \(candidate) in term \(term) although it lost data"
    }

    /// Nobody is accused who lost nothing.
    func breach(of loss: DataLoss, by process: any WatchedProcess, number: Int?) -> String? {
        guard let number, !everLost[number] else { return nil }
        return "\(process.id) says that \(loss.node) lost data, which it did not"
    }
}
