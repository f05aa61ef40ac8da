import Testing

@testable import HTTPAPI

@Suite("The table of routes")
struct RouteTableTests {
    private func route(_ method: RequestMethod, _ path: String) throws -> any Route.Type {
        try path.withBytes { bytes in
            var surface = Surface.v1
            return try RouteTable.find(bytes, method, surface: &surface).route
        }
    }

    @Test("Every path leads to the routes that GET / lists, and each is listed once")
    func listed() throws {
        let all = RouteTable.paths.flatMap(\.descriptions)
        #expect(Set(all).count == all.count)
        for description in all {
            let words = description.split(separator: " ")
            let methods: [Substring: RequestMethod] = [
                "GET": .get, "HEAD": .head, "PUT": .put, "POST": .post, "DELETE": .delete,
            ]
            let method = try #require(methods[words[0]])
            let path = String(words[1]).replacing("{key}", with: "some")
            _ = try route(method, path)
            if path != "/", !path.hasPrefix("/v1/kv") { _ = try route(method, path + "/") }
        }
    }

    @Test("A key of /v1 keeps the slash at its end, a key of /store does not")
    func slashes() throws {
        for (path, key) in [("/v1/kv/a/", "a/"), ("/store/a/", "a"), ("/v1/kv/", ""), ("/store//", "")] {
            let found = try path.withBytes { bytes in
                var surface = Surface.v1
                let key = try RouteTable.find(bytes, .get, surface: &surface).key
                return key.map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(found == key)
        }
    }

    @Test(
        "A method that a path does not take is refused with those that it takes",
        arguments: [
            (RequestMethod.post, "/v1/kv/a", "GET, HEAD, PUT, DELETE"), (.head, "/store/a", "GET, DELETE"),
            (.get, "/store", "POST"), (.put, "/livez", "GET, HEAD"), (.other, "/v1/batch", "POST"),
            (.head, "/raft/stats", "GET"),
        ])
    func methods(_ method: RequestMethod, _ path: String, _ allow: String) {
        #expect(throws: APIError.self) { try route(method, path) }
        do { _ = try route(method, path) } catch { #expect((error as? APIError)?.allow == allow) }
    }

    @Test(
        "Where there is no route the answer says what is missing",
        arguments: [
            ("/v1/kv", ErrorCode.notSupported), ("/v1/kv2", .routeNotFound), ("/debug/pprof/heap", .notSupported),
            ("/stores", .routeNotFound), ("", .routeNotFound), ("/v1", .routeNotFound),
        ])
    func absent(_ path: String, _ code: ErrorCode) {
        do { _ = try route(.get, path) } catch { #expect((error as? APIError)?.code == code) }
        #expect(throws: APIError.self) { try route(.get, path) }
    }

    @Test("A parameter is known to a route of each kind that promises it, and to no other")
    func parameters() {
        #expect(KeyValueRoutes.Get.takes(.format) && !StoreRoutes.Get.takes(.format))
        #expect(KeyValueRoutes.Put.takes(.ttl) && !KeyValueRoutes.Delete.takes(.ttl))
        #expect(BatchRoute.takes(.atomic) && !KeyValueRoutes.Put.takes(.atomic))
        #expect(NodeRoutes.Readyz.takes(.exclude) && !NodeRoutes.Livez.takes(.exclude))
        #expect(MembershipRoutes.Join.takes(.timeout) && !NodeRoutes.Version.takes(.timeout))
    }
}
