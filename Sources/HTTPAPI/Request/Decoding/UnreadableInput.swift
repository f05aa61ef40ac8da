internal import NIOCore
internal import NIOHTTP1

/// The meaning of an error in a connection's pipeline.
enum UnreadableInput {
    /// The input is not a request.
    case answer(APIError)
    /// More input after an unreadable request.
    case follows
    /// Not about the input.
    case unknown

    init(_ error: any Error) {
        self =
            switch error {
            case let refusal as RequestDecoder.Refusal: .answer(refusal.reason)
            // The version is the one thing that NIO's decoder reports past its caller.
            case let error as HTTPParserError: .answer(.unreadable(error, isInBody: false))
            case is ByteToMessageDecoderError: .follows
            default: .unknown
            }
    }
}

extension APIError {
    /// What NIO's decoder met, in the words of whoever wrote the request, where `HeadFlaw` does not know better.
    static func unreadable(_ error: HTTPParserError, isInBody: Bool) -> APIError {
        switch error {
        case .headerOverflow: headerTooLarge()
        case .invalidURL: needsPercentEncoding()
        case .invalidEOFState: endsInsideRequest()
        case .invalidVersion: otherVersion(nil)
        case .paused: http2()
        case .invalidConstant, .invalidMethod: badFirstLine()
        case .invalidContentLength: badRequest("Content-Length is one number in decimal digits")
        case .unexpectedContentLength:
            badRequest("there is one Content-Length at most, and none next to Transfer-Encoding")
        case .invalidHeaderToken:
            badRequest("the name or the value of a field holds a character that is not allowed there")
        case .invalidChunkSize: badChunk()
        default: isInBody ? badChunk() : badLineEnd()
        }
    }

    static func badLineEnd() -> APIError {
        badRequest("each line of the header ends with CR LF, and an empty one follows the last")
    }

    static func badFirstLine() -> APIError {
        badRequest("the first line of a request is a method, a path without spaces, and HTTP/1.1")
    }

    static func chunkLineTooLong() -> APIError {
        badRequest("the line with the size of a chunk is longer than \(HTTPLimits.headerBytesMax) bytes")
    }

    private static func badChunk() -> APIError {
        badRequest(
            "the body is not in chunks as its header says: the size of a chunk is a hexadecimal number, and CR LF "
                + "follows the size and the chunk")
    }

    /// `version` as the client wrote it.
    static func otherVersion(_ version: String?) -> APIError {
        let other = version.map { "not '\($0)'" } ?? "and no other version"
        return badRequest("this server speaks HTTP/1.1 and HTTP/1.0, \(other)")
    }

    static func http2() -> APIError { badRequest("this server speaks HTTP/1.1 and not HTTP/2, which begins like this") }

    static func endsInsideRequest() -> APIError {
        badRequest("the connection ended inside a request; nothing of that request was carried out")
    }
}
