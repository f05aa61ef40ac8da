/// The result of applying one command; the same on every node.
package struct CommandResult: Hashable, Sendable {
    package enum Status: UInt8, Sendable {
        case applied = 1
        case preconditionFailed = 2
    }

    package var status: Status
    /// Whether the key existed before. Meaningful only if the command had a condition or `reportsExistence`.
    package var existed: Bool
    /// Applied: the revision of this change, of the last change of a group, or of the store if nothing changed (a
    /// delete that found no record). Precondition failed: the record's current revision, 0 if absent.
    package var revision: UInt64

    package init(status: Status, existed: Bool, revision: UInt64) {
        self.status = status
        self.existed = existed
        self.revision = revision
    }
}
