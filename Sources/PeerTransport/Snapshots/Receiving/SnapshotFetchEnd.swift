/// How the fetch of a snapshot has ended. Each reason is a sentence for the log.
package enum SnapshotFetchEnd: Hashable, Sendable {
    /// The sink has everything, and has checked it.
    case complete
    /// The peer does not have that snapshot, or has it no longer. Only a new announcement helps.
    case gone(String)
    /// It was refused, could not be taken in, or nothing moved for too long.
    case failed(String)
    /// By this node: another fetch took its place, or nobody wants it any more.
    case cancelled
}
