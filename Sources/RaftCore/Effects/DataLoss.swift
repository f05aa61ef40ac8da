/// News of a server that lost what it had acknowledged: from the leader that found it, and from the server itself.
package struct DataLoss: Hashable, Sendable {
    package enum Stage: Hashable, Sendable {
        /// The server has its log through `has`, at most.
        case found(has: LogIndex)
        /// It holds again what it had acknowledged.
        case repaired
    }

    package var node: NodeID
    /// The last entry that the server had acknowledged.
    package var acknowledged: LogIndex
    package var stage: Stage

    package init(node: NodeID, acknowledged: LogIndex, stage: Stage) {
        self.node = node
        self.acknowledged = acknowledged
        self.stage = stage
    }
}
