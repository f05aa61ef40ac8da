internal import ClusterControl
internal import HotPath
internal import RaftCore

/// Why a control request was not carried out.
enum ControlFailure: Error {
    /// `applied` is what this step changed before it failed. Nil where whoever throws this cannot say, which is the
    /// rule for a time-out: then it is unknown for a time-out, and nothing for every other code.
    case refused(ControlAnswer.Code, String, applied: ControlEffect? = nil)
    /// Another leader took over and answered.
    case handedOver(ControlAnswer)

    /// The same failure of a request whose steps before had the effect `earlier`. Whoever has sent a step that cannot
    /// be taken back calls this with every failure from there on, so that no answer says `no` afterwards.
    func after(_ earlier: ControlEffect) -> ControlFailure {
        switch self {
        case .refused(let code, let message, _):
            return .refused(code, message, applied: applied.after(earlier))
        case .handedOver(var answer):
            answer.applied = answer.applied.after(earlier)
            return .handedOver(answer)
        }
    }

    var applied: ControlEffect {
        switch self {
        case .refused(let code, _, let applied): applied ?? (code == .timeout ? .unknown : .no)
        case .handedOver(let answer): answer.applied
        }
    }

    var code: ControlAnswer.Code {
        switch self {
        case .refused(let code, _, _): code
        case .handedOver(let answer): answer.code
        }
    }

    var message: String {
        switch self {
        case .refused(_, let message, _): message
        case .handedOver(let answer): answer.message
        }
    }
}

extension ConfigurationOutcome.Refusal {
    /// Whether the same change may be possible a moment later.
    var isPassing: Bool {
        switch self {
        case .changeInProgress, .noCommitInTermYet, .leadershipTransferInProgress, .notCaughtUp: true
        case .notLeader, .unknownMember, .lastVoter, .tooManyMembers: false
        }
    }

    /// As the user who asked for the change reads it.
    var failure: ControlFailure {
        switch self {
        case .notLeader: .refused(.noLeader, "leadership has moved meanwhile: ask again")
        case .changeInProgress:
            .refused(.membershipChangeInProgress, "another change of membership is not committed yet: try again")
        case .noCommitInTermYet, .leadershipTransferInProgress:
            .refused(.noLeader, "leadership is changing: try again")
        case .notCaughtUp:
            .refused(
                .timeout, "the joiner is a member but has not caught up yet; ask again to make it a voter",
                applied: .no)
        case .unknownMember: .refused(.invalidArgument, "the member is not there any more")
        case .lastVoter: .refused(.wouldLoseQuorum, "the only voter cannot be removed")
        case .tooManyMembers: .refused(.invalidArgument, "the cluster has as many members as it can have")
        }
    }
}
