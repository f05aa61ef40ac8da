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
