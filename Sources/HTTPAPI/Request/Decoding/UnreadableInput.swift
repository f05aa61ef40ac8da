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
            case is RequestDecoder.UnknownMethod: .answer(.methodNotAllowed("GET, HEAD, PUT, POST, DELETE"))
            case HTTPParserError.headerOverflow: .answer(.headerTooLarge())
            case HTTPParserError.invalidURL: .answer(.needsPercentEncoding())
            case HTTPParserError.invalidEOFState: .answer(.endsInsideRequest())
            case let error as HTTPParserError: .answer(.notHTTP(error))
            case is ByteToMessageDecoderError: .follows
            default: .unknown
            }
    }
}

extension APIError {
    /// Says what the parser met, in the words of whoever wrote the request.
    static func notHTTP(_ error: HTTPParserError) -> APIError {
        let reason =
            switch error {
            case .invalidConstant, .invalidVersion, .invalidMethod:
                "the first line is a method, a path without spaces, and HTTP/1.1"
            case .invalidContentLength, .unexpectedContentLength:
                "there is one Content-Length, a number, and none beside Transfer-Encoding"
            case .invalidHeaderToken:
                "the name or the value of a header field holds a character that is not allowed there"
            case .invalidChunkSize:
                "the size of a chunk is a hexadecimal number that ends with CR LF"
            default:
                "each line of the header ends with CR LF, and an empty one follows the last"
            }
        return .invalidArgument("this is not a valid HTTP/1.1 request: \(reason)")
    }

    static func endsInsideRequest() -> APIError {
        .invalidArgument("the connection ended inside a request; nothing of that request was carried out")
    }
}
