package import KeyValue

/// How a request ended.
package enum Outcome: Hashable, Sendable {
    /// A command was applied, or its condition failed.
    case written(CommandResult)
    /// A linearizable read may now be served from this node's state, which has applied everything it must reflect.
    case readable
    case failed(RequestFailure)
}
