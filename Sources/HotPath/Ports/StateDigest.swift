package import RaftCore

/// Stands for all key-value data of a node after one applied entry. Two nodes that have applied the same entries have
/// equal digests; a difference at the same entry means that one of them holds other data than it should.
package struct StateDigest: Hashable, Sendable {
    /// The last entry applied.
    package var applied: LogID
    /// The revision of the last change.
    package var revision: UInt64
    /// The number of users' keys.
    package var keyCount: Int
    /// Over every key with its record, and over index, term and revision. It finds accidents, not attackers.
    package var hash: UInt64

    package init(applied: LogID, revision: UInt64, keyCount: Int, hash: UInt64) {
        self.applied = applied
        self.revision = revision
        self.keyCount = keyCount
        self.hash = hash
    }
}
