package enum EntryKind: UInt8, Sendable {
    /// One or more commands of users, packed.
    case commands = 1
    /// The blank entry of a new leader (paper, section 8).
    case noop = 2
    /// A cluster configuration.
    case configuration = 3
    /// Stands for a kind that this release does not know. No entry states it.
    case unknown = 255
}
