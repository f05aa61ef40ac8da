/// The answers to one candidate's requests in one campaign.
struct VoteTally: Sendable {
    enum Outcome: Hashable, Sendable { case pending, won, lost }

    private var granted: [NodeID] = []
    private var rejected: [NodeID] = []

    /// Notes the first answer of `voter`; later ones are repetitions.
    mutating func note(_ voter: NodeID, granted isGranted: Bool) {
        if granted.contains(voter) || rejected.contains(voter) { return }
        if isGranted { granted.append(voter) } else { rejected.append(voter) }
    }

    /// §5.2: "A candidate wins an election if it receives votes from a majority of the servers in the full cluster for
    /// the same term." Answers of anyone but voters do not count.
    func outcome(in configuration: Configuration, halfIsEnough: Bool = false) -> Outcome {
        let quorum = halfIsEnough ? max(1, configuration.voterCount / 2) : configuration.quorum
        var grants = 0
        for voter in granted where configuration.isVoter(voter) { grants += 1 }
        if grants >= quorum { return .won }
        var rejections = 0
        for voter in rejected where configuration.isVoter(voter) { rejections += 1 }
        return configuration.voterCount - rejections < quorum ? .lost : .pending
    }
}
