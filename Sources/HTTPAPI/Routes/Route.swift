internal import HotPath
internal import KeyValue
internal import NIOCore

/// One thing that a client can ask for: a row of `RouteTable` together with the path and the method that lead to it.
///
/// A route is a type without instances. Requests carry its metatype, which is copied and called without counting
/// references.
protocol Route: SendableMetatype {
    /// The largest body that it takes; 0 if it ignores the body.
    static var bodyBytesMax: Int { get }
    /// The answer to a body larger than `bodyBytesMax`.
    static var bodyTooLarge: APIError { get }
    /// A condition may ask for an absent key.
    static var takesAbsence: Bool { get }
    /// It is answered on a connection beyond the limit as well: at once, and without the replica.
    static var answersBeyondLimit: Bool { get }

    /// Whether the query may hold the parameter.
    static func takes(_ parameter: Parameter) -> Bool
    /// Reads a header field that means something to this route; ignores any other.
    static func readField(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into head: inout RequestHead
    ) throws(APIError)
    /// How current the answer is unless the request says.
    static func consistency(_ settings: HTTPServerSettings) -> ReadConsistency
    /// A longer `timeout=` is cut to this.
    static func timeoutMillisecondsMax(_ settings: HTTPServerSettings) -> UInt64

    /// Carries out a request that was not refused, and appends one element to `answers`. On the loop of `table`; may
    /// not call the connection.
    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable)
}

extension Route {
    static var bodyBytesMax: Int { 0 }
    static var bodyTooLarge: APIError { .requestTooLarge(limit: bodyBytesMax) }
    static var takesAbsence: Bool { true }
    static var answersBeyondLimit: Bool { false }

    static func readField(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into head: inout RequestHead
    ) throws(APIError) {}

    static func consistency(_ settings: HTTPServerSettings) -> ReadConsistency { .linearizable }

    static func timeoutMillisecondsMax(_ settings: HTTPServerSettings) -> UInt64 {
        settings.requestTimeoutMillisecondsMax
    }
}
