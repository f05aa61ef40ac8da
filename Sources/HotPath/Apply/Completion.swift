package import KeyValue

/// Names one request of a user until it is answered: which sink takes the answer, and two numbers that mean something
/// to that sink.
package struct RequestTag: Hashable, Sendable {
    /// Index of the completion sink: one per HTTP event loop, from 0. `forwardSink` for requests of other nodes.
    package var sink: UInt32
    /// For an HTTP loop: the slot of the connection.
    package var connection: UInt32
    /// For an HTTP loop: unique among the requests of all connections of the loop.
    package var request: UInt64

    package init(sink: UInt32, connection: UInt32, request: UInt64) {
        self.sink = sink
        self.connection = connection
        self.request = request
    }

    package static let forwardSink = UInt32.max
}

/// Why a request has no result.
package enum RequestFailure: UInt8, Hashable, Sendable {
    /// A limit is reached; nothing was done. Retry later.
    case overloaded = 1
    /// No leader was found in time; nothing was done. Retry.
    case noLeader = 2
    /// Leadership, or the link to the leader, was lost after the write entered a log: it may or may not take effect.
    case unknownOutcome = 3
    /// This node is stopping; nothing was done.
    case shuttingDown = 4
}

package enum Outcome: Hashable, Sendable {
    /// A command was applied, or its condition failed.
    case written(CommandResult)
    /// A linearizable read may now be served from this node's state, which has applied everything it must reflect.
    case readable
    case failed(RequestFailure)
}

package struct Completion: Hashable, Sendable {
    package var tag: RequestTag
    package var outcome: Outcome

    package init(tag: RequestTag, outcome: Outcome) {
        self.tag = tag
        self.outcome = outcome
    }
}

/// Takes answers for the requests of one event loop.
package protocol CompletionSink: Sendable {
    /// Called from the apply thread or the replica's loop, once per batch. The implementation hops to its loop once and
    /// answers there. A completion whose request is already answered (timed out, connection closed) is ignored.
    func post(_ completions: [Completion])
}
