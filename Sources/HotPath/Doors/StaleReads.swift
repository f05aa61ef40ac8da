/// Whether a node's state may be shown without asking the leader.
package enum StaleReads: UInt8, Sendable {
    /// Not before it holds what it held before it was started: after a crash that has to be applied again.
    case notReady
    case served
    /// The node is no member any more: its state is out of date for good.
    case removed
    /// Another cluster takes the node for its member: its own state is not what its clients mean.
    case fenced
    /// Its data are not those of the majority.
    case dataDiffer
}
