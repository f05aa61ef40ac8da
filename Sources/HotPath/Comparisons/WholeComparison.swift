package import RaftCore

/// How the comparison of all data of all members ended.
package enum WholeComparison: Sendable {
    package struct Answer: Hashable, Sendable {
        package var id: NodeID
        /// Nil if there was none in time, or the member was busy with another comparison.
        package var digest: StateDigest?

        package init(id: NodeID, digest: StateDigest?) {
            self.id = id
            self.digest = digest
        }
    }

    /// One answer for each member, in the order of their ids.
    case compared(at: LogID, [Answer])
    /// This node does not lead, or does not any more.
    case notLeader
    /// Not all members know comparisons yet.
    case notSupported
    /// The data of this node are known to differ: another one has to lead.
    case dataDiffer
    case tooManyWait
    case timedOut
}
