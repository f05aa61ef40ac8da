internal import Bytes
internal import ClusterControl
internal import HotPath
internal import RaftCore

/// One comparison of all data of all members, carried out on the leader.
struct DataComparison {
    let deadline: Deadline
    let handle: ReplicaHandle

    /// Returns the result as JSON: the entry after which all made their digests, whether all members have answered and
    /// whether those that have agree, and what each of them holds.
    func run() async throws(ControlFailure) -> String {
        // Ends a little before the deadline, so that a member that does not answer costs its own answer and no other.
        let remaining = deadline.remainingMilliseconds
        let limit = remaining - min(remaining / 5, 1_000)
        let outcome: WholeComparison? = await handle.waiting(until: deadline) { replica, done in
            replica.compareWholeState(timeoutMilliseconds: limit) { done($0) }
        }
        switch outcome {
        case .compared(let id, let answers): return Self.json(id, answers)
        case .notLeader: throw .refused(.noLeader, "leadership has moved meanwhile: ask again")
        case .dataDiffer:
            throw .refused(.noLeader, "the leader holds wrong data and hands leadership over: try again")
        case .notSupported:
            throw .refused(
                .notSupported,
                "not all members know comparisons of their data yet; finish the upgrade of the members first")
        case .tooManyWait: throw .refused(.overloaded, "too many comparisons are asked for: try again later")
        case .timedOut, nil:
            throw .refused(
                .timeout, "the data were not compared in time; ask with a longer time-out, such as timeout=5m",
                applied: .no)
        }
    }

    static func json(_ id: LogID, _ answers: [WholeComparison.Answer]) -> String {
        let digests = answers.compactMap(\.digest)
        // One alone agrees with nobody, unless there are no others.
        let agree = digests.count >= min(answers.count, 2) && digests.allSatisfy { $0 == digests[0] }
        // The id of a node has no character that JSON would have to escape (`NodeIDFlaw`).
        let members = answers.map { answer in
            guard let digest = answer.digest else { return #"{"id":"\#(answer.id)","hash":null}"# }
            return #"{"id":"\#(answer.id)","revision":\#(digest.revision),"keys":\#(digest.keyCount),"#
                + #""hash":"\#(digest.hash.hexadecimal)"}"#
        }
        return #"{"index":\#(id.index),"term":\#(id.term),"complete":\#(digests.count == answers.count),"#
            + #""agree":\#(agree),"members":[\#(members.joined(separator: ","))]}"#
    }
}
