internal import ClusterControl
internal import HotPath
internal import RaftCore

/// Why a control request was not carried out.
enum ControlFailure: Error {
    case refused(ControlAnswer.Code, String)
    /// Another leader took over and answered.
    case handedOver(ControlAnswer)

    var code: ControlAnswer.Code {
        switch self {
        case .refused(let code, _): code
        case .handedOver(let answer): answer.code
        }
    }

    var message: String {
        switch self {
        case .refused(_, let message): message
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
        case .notLeader: .refused(.noLeader, "this node is no longer the leader: ask again")
        case .changeInProgress:
            .refused(.membershipChangeInProgress, "another change of membership is not committed yet: try again")
        case .noCommitInTermYet, .leadershipTransferInProgress:
            .refused(.noLeader, "leadership is changing: try again")
        case .notCaughtUp:
            .refused(.timeout, "the joiner is a member but has not caught up yet; ask again to make it a voter")
        case .unknownMember: .refused(.invalidArgument, "the member is not there any more")
        case .lastVoter: .refused(.wouldLoseQuorum, "the only voter cannot be removed")
        case .tooManyMembers: .refused(.invalidArgument, "the cluster has as many members as it can have")
        }
    }
}
