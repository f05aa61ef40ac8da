internal import NIOHTTP1

/// The methods that some route takes, and all others as one.
enum RequestMethod {
    case get, head, put, post, delete, other

    /// All that some route takes, as the field Allow lists them.
    static let allNames = "GET, HEAD, PUT, POST, DELETE"

    init(_ method: HTTPMethod) {
        switch method {
        case .GET: self = .get
        case .HEAD: self = .head
        case .PUT: self = .put
        case .POST: self = .post
        case .DELETE: self = .delete
        default: self = .other
        }
    }
}
