package import RaftCore

/// Makes digests of ranges of the state for comparisons with other nodes, one at a time, without hindering anybody. Its
/// reports reach the replica through the mailbox.
package protocol StateComparer: AnyObject, Sendable {
    /// Takes hold of the state, which has applied exactly through the entry `id`, and returns; the digest is reported
    /// later. While another digest is being made it reports at once that there is none. Apply thread only.
    func compare(_ range: KeyRange, at id: LogID)

    /// Looks for the end of a range that begins at `start` and holds about `bytes` bytes. Replica's thread only, one
    /// search at a time.
    func findEnd(of start: [UInt8], bytes: Int)
}

/// What a `StateComparer` reports.
package enum ComparisonReport: Sendable {
    /// The digest of the comparison at `id`; nil if this node makes none, because it still makes another or because its
    /// data could not be read.
    case digest(StateDigest?, at: LogID)
    /// The answer to `findEnd`: the range that may be compared next; nil if the data could not be read.
    case range(KeyRange?)
    /// The data could not be read: why. Next to the report that there is no digest or no range.
    case unreadable(StoreFailure)
}
