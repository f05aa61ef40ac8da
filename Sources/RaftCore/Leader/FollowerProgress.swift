/// A leader's view of one other member, for the hot path.
package struct FollowerProgress: Hashable, Sendable {
    package var id: NodeID
    package var state: Progress.State
    package var matchIndex: LogIndex
    package var nextIndex: LogIndex
    /// It answered within the last election timeout.
    package var isRecentlyActive: Bool
}
