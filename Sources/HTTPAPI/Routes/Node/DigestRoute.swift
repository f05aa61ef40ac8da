internal import NIOCore

/// A route that has all data read, so that the usual time-out does not hold.
protocol DigestRoute: Route {
    /// The time for the answer unless the request says.
    static var patienceMilliseconds: UInt64 { get }
}

extension DigestRoute {
    static func takes(_ parameter: Parameter) -> Bool { parameter == .timeout || parameter == .pretty }

    static func timeoutMillisecondsMax(_ settings: HTTPServerSettings) -> UInt64 {
        HTTPLimits.controlTimeoutMillisecondsMax
    }

    static func patience(_ head: RequestHead) -> UInt64 {
        head.hasOwnTimeout ? head.timeoutMilliseconds : patienceMilliseconds
    }

    static func write(
        json: String, _ options: AnswerOptions, by writer: AnswerWriter, to output: inout ByteBuffer
    ) {
        ByteBuffer(string: json + "\n").withUnsafeReadableBytes {
            writer.write(AnswerHead(.ok, AnswerHead.json), body: $0, options, to: &output)
        }
    }
}
