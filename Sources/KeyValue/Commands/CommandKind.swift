/// The kinds of commands. The raw values are on disk and on the wire.
package enum CommandKind: UInt8, Sendable {
    case put = 1
    case delete = 2
    /// Several puts and deletes (`GroupHeader`).
    case group = 3

    /// The feature level of a cluster from which on its leaders propose such commands (`Docs/WireFormat.md`).
    package var featureLevel: UInt8 {
        switch self {
        case .put, .delete, .group: 1
        }
    }

    /// The highest of all kinds.
    package static let featureLevelMax: UInt8 = 1
}
