/// One path of `RouteTable`, and the route of each method.
///
/// A class, so that a look at the table copies a reference and not a row.
final class RoutePath: Sendable {
    /// The whole path, or all of it before the key.
    let text: StaticString
    let surface: Surface
    let endsWithKey: Bool
    /// `HEAD` is answered as `GET` is, without a body.
    private let takesHead: Bool
    private let get: (any Route.Type)?
    private let put: (any Route.Type)?
    private let post: (any Route.Type)?
    private let delete: (any Route.Type)?

    init(
        _ text: StaticString, _ surface: Surface, endsWithKey: Bool = false, get: (any Route.Type)? = nil,
        takesHead: Bool = false, put: (any Route.Type)? = nil, post: (any Route.Type)? = nil,
        delete: (any Route.Type)? = nil
    ) {
        self.text = text
        self.surface = surface
        self.endsWithKey = endsWithKey
        self.takesHead = takesHead
        self.get = get
        self.put = put
        self.post = post
        self.delete = delete
    }

    /// The key in `path`, still encoded; empty if the row has none. Nil if `path` does not belong here.
    func match(_ path: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard endsWithKey ? path.hasPrefix(text) : path.equals(text) else { return nil }
        return UnsafeRawBufferPointer(rebasing: path[text.utf8CodeUnitCount...])
    }

    func route(of method: RequestMethod, _ path: UnsafeRawBufferPointer) throws(APIError) -> any Route.Type {
        let found: (any Route.Type)? =
            switch method {
            case .get: get
            case .head: takesHead ? get : nil
            case .put: put
            case .post: post
            case .delete: delete
            case .other: nil
            }
        if let found { return found }
        if surface == .v1, endsWithKey, method == .post, path.hasSuffix("/incr") {
            throw .notSupported("the increment of a key")
        }
        throw .methodNotAllowed(methods.joined(separator: ", "))
    }

    /// The methods that this path takes.
    private var methods: [String] {
        var names: [String] = []
        if get != nil { names.append("GET") }
        if takesHead { names.append("HEAD") }
        if put != nil { names.append("PUT") }
        if post != nil { names.append("POST") }
        if delete != nil { names.append("DELETE") }
        return names
    }

    /// The row of `GET /` itself, which need not be shown.
    var isIndex: Bool { text.utf8CodeUnitCount == 1 }

    /// `METHOD /path` for each route, as `GET /` shows them. `HEAD` is shown where it says something: about a record.
    var descriptions: [String] {
        methods.filter { $0 != "HEAD" || endsWithKey }.map { "\($0) \(text)\(endsWithKey ? "{key}" : "")" }
    }
}
