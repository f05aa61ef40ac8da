internal import Bytes

/// Server addresses.
extension FlagText {
    /// At least one endpoint, none twice: `10.0.0.1:2221,:2222,http://node3:2223,[::1]:2224`.
    func endpoints() throws(UsageError) -> [HostAndPort] {
        var endpoints: [HostAndPort] = []
        for part in try list(separator: ",", expected: "expected host:port, several separated by commas") {
            let endpoint = try FlagText(flag, part).endpoint()
            guard !endpoints.contains(endpoint) else { throw invalid("\(endpoint) is there twice") }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    private func endpoint() throws(UsageError) -> HostAndPort {
        let lowercased = text.lowercased()
        if lowercased.hasPrefix("https://") { throw invalid("TLS is not supported; use http://host:port") }
        var rest = lowercased.hasPrefix("http://") ? text.dropFirst(7) : text[...]
        if rest.last == "/" { rest = rest.dropLast() }
        guard !rest.contains("://") else { throw invalid("an endpoint has no scheme but http://") }
        guard !rest.contains("/") else { throw invalid("an endpoint has no path; expected host:port") }
        guard !rest.contains("@") else { throw invalid("an endpoint has no user name or password") }
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw invalid("an endpoint has no query and no fragment; expected host:port")
        }

        try checkBrackets(rest)
        if rest.first == ":" { rest = Substring("127.0.0.1" + rest) }
        let endpoint: HostAndPort
        do throws(HostAndPort.Mistake) {
            endpoint = try HostAndPort(parsing: rest)
        } catch {
            switch error {
            case .noPort: throw invalid("the port is missing; expected host:port")
            case .invalidPort: throw invalid("a port is 1 to 65535")
            default: throw invalid(error.reason)
            }
        }
        return endpoint
    }

    /// Brackets enclose an IPv6 address and nothing else, and the port follows them.
    private func checkBrackets(_ address: Substring) throws(UsageError) {
        guard address.first == "[" else {
            guard address.count(where: { $0 == ":" }) <= 1 else {
                throw invalid("an IPv6 address needs brackets: [::1]:2221")
            }
            return
        }
        guard let close = address.firstIndex(of: "]") else { throw invalid("the bracket is not closed") }
        guard address[..<close].contains(":") else { throw invalid("brackets are for IPv6 addresses: [::1]:2221") }
        guard address[close...].dropFirst().first == ":" else {
            throw invalid("the port is missing; expected host:port")
        }
    }
}
