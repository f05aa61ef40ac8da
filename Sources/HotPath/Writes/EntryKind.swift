internal import RaftCore

package enum EntryKind: UInt8, Sendable {
    /// One or more commands of users, packed.
    case commands = 1
    /// The blank entry of a new leader (paper, section 8).
    case noop = 2
    /// A cluster configuration.
    case configuration = 3
    /// Each node makes a digest of a range of its data as they are after this entry (`KeyRange`).
    case comparison = 4
    /// The data of members differ (`Verdict`).
    case verdict = 5
    /// Stands for a kind that this release does not know. No entry states it.
    case unknown = 255

    /// What a node must know to take an entry of this kind. Commands and configurations may need more.
    package var featureLevel: UInt8 {
        switch self {
        case .commands, .noop, .configuration, .unknown: FeatureLevel.first
        case .comparison, .verdict: FeatureLevel.comparisons
        }
    }
}
