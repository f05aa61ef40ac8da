/// Every route there is. A new one is a row here and a type that conforms to `Route`; the answer to `GET /` follows
/// from the table.
enum RouteTable {
    static let paths: [RoutePath] = [
        // The first is looked at first, and by far the most requests are for it.
        RoutePath(
            "/v1/kv/", .v1, endsWithKey: true, get: KeyValueRoutes.Get.self, takesHead: true,
            put: KeyValueRoutes.Put.self, delete: KeyValueRoutes.Delete.self),
        RoutePath("/v1/batch", .v1, post: BatchRoute.self),
        RoutePath("/v1/hash", .v1, get: HashRoute.self),
        RoutePath("/v1/cluster/hash", .v1, get: ClusterHashRoute.self),
        RoutePath("/store", .legacy, post: StoreRoutes.Post.self),
        RoutePath(
            "/store/", .legacy, endsWithKey: true, get: StoreRoutes.Get.self, delete: StoreRoutes.Delete.self),
        RoutePath("/raft/join", .legacy, post: MembershipRoutes.Join.self),
        RoutePath("/raft/remove", .legacy, post: MembershipRoutes.Remove.self),
        RoutePath("/raft/unfence", .legacy, post: MembershipRoutes.Unfence.self),
        RoutePath("/raft/stats", .legacy, get: NodeRoutes.Stats.self),
        RoutePath("/livez", .v1, get: NodeRoutes.Livez.self, takesHead: true),
        RoutePath("/readyz", .v1, get: NodeRoutes.Readyz.self, takesHead: true),
        RoutePath("/health", .v1, get: NodeRoutes.Health.self, takesHead: true),
        RoutePath("/version", .v1, get: NodeRoutes.Version.self, takesHead: true),
        RoutePath("/", .v1, get: NodeRoutes.Index.self, takesHead: true),
    ]

    /// A route, and the key in the path, still encoded, if the path ends with one.
    struct Found {
        let route: any Route.Type
        let key: UnsafeRawBufferPointer?
    }

    /// Finds the route of a path and a method. `surface` becomes that of the path, also if the path does not take the
    /// method. One slash at the end means nothing, except in a key of `/v1`, and if it is all there is next to the
    /// first.
    static func find(
        _ bytes: UnsafeRawBufferPointer, _ method: RequestMethod, surface: inout Surface
    ) throws(APIError) -> Found {
        let hasSlash = bytes.count > 2 && bytes[bytes.count - 1] == UInt8(ascii: "/")
        let trimmed = hasSlash ? UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 1)]) : bytes
        for path in paths {
            guard let key = path.match(path.surface == .v1 && path.endsWithKey ? bytes : trimmed) else { continue }
            surface = path.surface
            return Found(route: try path.route(of: method, bytes), key: path.endsWithKey ? key : nil)
        }
        throw absence(of: trimmed)
    }

    /// Why there is nothing under a path. Users of the interface's later versions, and of raft-sample, get an
    /// explanation.
    private static func absence(of path: UnsafeRawBufferPointer) -> APIError {
        if path.equals("/v1/kv") { return .notSupported("listing keys") }
        if path.equals("/debug/pprof") || path.hasPrefix("/debug/pprof/") {
            return APIError(.notSupported, "there are no Go profiles here; use GET /raft/stats, or perf on the process")
        }
        // Made where an address and a path are put together, and hard to see.
        if path.hasPrefix("//") {
            return APIError(
                .routeNotFound, "there is no route whose path begins with two slashes; GET / lists those there are")
        }
        return .routeNotFound(isV1: path.equals("/v1") || path.hasPrefix("/v1/"))
    }
}

extension APIError {
    /// Outside `/v1` the answer is that of raft-sample's web framework, byte for byte.
    static func routeNotFound(isV1: Bool) -> APIError {
        var error = APIError(.routeNotFound, "there is no such route; GET / lists those there are")
        error.isFrameworkMessage = !isV1
        return error
    }
}
