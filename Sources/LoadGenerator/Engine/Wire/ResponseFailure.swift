/// Why bytes from the server are not a response. Their connection must be closed.
enum ResponseFailure: Error, Equatable {
    case notHTTP
    case headTooLarge
    case bodyTooLarge
    case badContentLength
    case badChunk
    case protocolSwitch
    /// A response without a request.
    case unasked
}
