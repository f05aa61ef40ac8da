package struct TimeoutNow: Hashable, Sendable {
    /// The leader's last entry; a target whose own log does not end here ignores the request.
    package var lastLogID: LogID

    package init(lastLogID: LogID) { self.lastLogID = lastLogID }
}
