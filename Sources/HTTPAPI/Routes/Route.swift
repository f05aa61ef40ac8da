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

    static func readField(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into head: inout RequestHead
    ) throws(APIError) {}

    static func consistency(_ settings: HTTPServerSettings) -> ReadConsistency { .linearizable }

    static func timeoutMillisecondsMax(_ settings: HTTPServerSettings) -> UInt64 {
        settings.requestTimeoutMillisecondsMax
    }
}

/// A route whose answer is made when its command was applied.
protocol WriteRoute: Route {
    /// Writes the answer to a write that was applied. `repeated` is what the request left for it in the queue.
    static func writeAnswer(
        _ result: CommandResult, repeating repeated: UnsafeRawBufferPointer, _ options: AnswerOptions,
        by writer: AnswerWriter, to output: inout ByteBuffer)
}

extension WriteRoute {
    /// Hands a command to the replica and appends the request that waits for it.
    static func submit(
        _ header: CommandHeader, _ value: UnsafeRawBufferPointer, _ request: inout IncomingRequest,
        _ answers: inout AnswerQueue, _ services: LoopServices
    ) {
        let tag = answers.append(.write(self), .waiting, for: request.head, services)
        let isTaken = request.head.contentType.withUTF8 { contentType in
            request.key.withUnsafeBytes { key in
                services.gateway.submitWrite(
                    tag: tag, header: header, contentType: UnsafeRawBufferPointer(contentType), key: key, value: value)
            }
        }
        if !isTaken { answers.complete(tag.request, with: .failed(.overloaded), services) }
    }
}

/// A route whose answer is a record, made when the record may be read.
protocol ReadRoute: Route {
    /// Writes the answer that shows the record of `key`.
    static func writeAnswer(
        _ record: RecordView, of key: UnsafeRawBufferPointer, _ options: AnswerOptions, by writer: AnswerWriter,
        to output: inout ByteBuffer)
}

extension ReadRoute {
    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable) {
        let services = table.services
        request.key.withUnsafeBytes { answers.repeatBytes($0) }
        guard request.head.consistency == .linearizable else {
            answers.append(.read(self), .outcome(.readable), for: request.head, services)
            return
        }
        let tag = answers.append(.read(self), .waiting, for: request.head, services)
        if !services.gateway.submitRead(tag: tag) {
            answers.complete(tag.request, with: .failed(.overloaded), services)
        }
    }
}
