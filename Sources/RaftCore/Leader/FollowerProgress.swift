/// A leader's view of one other member, for the hot path.
package struct FollowerProgress: Hashable, Sendable {
    package var id: NodeID
    package var state: Progress.State
    package var matchIndex: LogIndex
    package var nextIndex: LogIndex
    /// It answered within the last election timeout, and counts in majorities.
    package var isRecentlyActive: Bool
    /// When it last answered this leader, or when that was elected if it has not answered since.
    package var heardAt: Instant
    /// The last entry that it had acknowledged before it lost some of that; nil once it has all of it again.
    package var lostThrough: LogIndex?
    /// It lost data since this leader was elected, whether it has all of it again or not.
    package var hasLostData: Bool

    package init(
        id: NodeID, state: Progress.State, matchIndex: LogIndex, nextIndex: LogIndex, isRecentlyActive: Bool,
        heardAt: Instant, lostThrough: LogIndex? = nil, hasLostData: Bool = false
    ) {
        self.id = id
        self.state = state
        self.matchIndex = matchIndex
        self.nextIndex = nextIndex
        self.isRecentlyActive = isRecentlyActive
        self.heardAt = heardAt
        self.lostThrough = lostThrough
        self.hasLostData = hasLostData
    }
}
