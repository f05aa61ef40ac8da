/// Server addresses.
extension FlagText {
    /// At least one endpoint, none twice: `10.0.0.1:2221,:2222,http://node3:2223,[::1]:2224`.
    func endpoints() throws(UsageError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for part in try list(separator: ",", expected: "expected host:port, several separated by commas") {
            let endpoint = try FlagText(flag, part).endpoint()
            guard !endpoints.contains(endpoint) else { throw invalid("\(endpoint.authority) is there twice") }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    private func endpoint() throws(UsageError) -> Endpoint {
        let lowercased = text.lowercased()
        if lowercased.hasPrefix("https://") { throw invalid("TLS is not supported; use http://host:port") }
        var rest = lowercased.hasPrefix("http://") ? text.dropFirst(7) : text[...]
        if rest.last == "/" { rest = rest.dropLast() }
        guard !rest.contains("/") else { throw invalid("an endpoint has no path; expected host:port") }

        let host: Substring
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else { throw invalid("the bracket is not closed") }
            host = rest[rest.index(after: rest.startIndex)..<close]
            rest = rest[rest.index(after: close)...]
            guard host.contains(":") else { throw invalid("brackets are for IPv6 addresses: [::1]:2221") }
        } else {
            guard rest.count(where: { $0 == ":" }) <= 1 else {
                throw invalid("an IPv6 address needs brackets: [::1]:2221")
            }
            host = rest.prefix { $0 != ":" }
            rest = rest.dropFirst(host.count)
        }
        guard rest.first == ":" else { throw invalid("the port is missing; expected host:port") }
        guard let port = UInt16(rest.dropFirst()), port > 0 else { throw invalid("a port is 1 to 65535") }
        guard !host.contains(where: { $0.isWhitespace || $0 == "@" }) else { throw invalid("expected host:port") }
        return Endpoint(host: host.isEmpty ? "127.0.0.1" : String(host), port: Int(port))
    }
}
