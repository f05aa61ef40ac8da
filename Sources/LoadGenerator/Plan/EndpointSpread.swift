package enum EndpointSpread: String, Sendable, CaseIterable {
    /// Connections are assigned to the endpoints in rotation.
    case roundRobin = "round-robin"
    /// All connections go to the leader, which is found by asking the endpoints; they follow it when it changes.
    case leader
}
