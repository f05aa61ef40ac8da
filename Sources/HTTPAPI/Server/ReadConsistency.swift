/// How current the answer to a read is.
package enum ReadConsistency: String, Hashable, Sendable {
    /// The latest state that any client could have seen acknowledged before.
    case linearizable
    /// The state that this node has applied.
    case stale
}
