/// What a command requires of the current revision of its record. Evaluated when the command is applied, with the same
/// result on every node.
package enum Condition: Hashable, Sendable {
    case none
    /// The key is absent: `If-None-Match: *` and `cas=0`.
    case absent
    /// The record's revision is this one: `cas=REV` and `If-Match: "REV"`.
    case revision(UInt64)
    /// The key exists: `If-Match: *`.
    case present
}
