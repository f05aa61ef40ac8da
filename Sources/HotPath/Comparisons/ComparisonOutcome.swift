internal import RaftCore

/// What follows from the digests of one comparison.
enum ComparisonOutcome: Hashable {
    /// Fewer than two members have answered with a digest.
    case unknown
    case agreed
    /// A majority of the voters has one digest. These members, voters or learners, have another.
    case odd([Verdict.Suspect])
    /// They differ, and no digest is that of a majority of the voters. These are all who answered. If
    /// `mayBeDecided`, voters are missing who may decide it another time.
    case undecided([Verdict.Suspect], mayBeDecided: Bool)

    /// `digests` are of members of `configuration`, ordered by id, at most one of each. Absent voters agree with
    /// nobody: a digest is right only if a majority of all voters has it, as a value is only committed then.
    init(of digests: [(member: Member, digest: StateDigest)], in configuration: Configuration) {
        guard digests.count > 1 else {
            self = .unknown
            return
        }
        if digests.allSatisfy({ $0.digest == digests[0].digest }) {
            self = .agreed
            return
        }
        let right = digests.first { candidate in
            let voters = digests.count { $0.member.role == .voter && $0.digest == candidate.digest }
            return voters >= configuration.quorum
        }
        let suspects = digests.filter { $0.digest != right?.digest }
            .map { Verdict.Suspect(id: $0.member.id, instance: $0.member.instance) }
        guard right == nil else {
            self = .odd(suspects)
            return
        }
        let voterCount = digests.count { $0.member.role == .voter }
        self = .undecided(suspects, mayBeDecided: voterCount < configuration.voterCount)
    }
}
