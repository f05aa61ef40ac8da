package enum ReadConsistency: String, Sendable, CaseIterable {
    case linearizable
    case leader
    case stale
}
