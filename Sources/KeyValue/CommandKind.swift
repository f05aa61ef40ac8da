/// The kinds of commands. The raw values are on disk and on the wire.
package enum CommandKind: UInt8, Sendable {
    case put = 1
    case delete = 2
    /// Several puts and deletes (`GroupHeader`).
    case group = 3
}
