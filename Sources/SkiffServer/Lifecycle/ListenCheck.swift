internal import Bytes
internal import Glibc

/// Tries the addresses on which this node is to listen before anything is created: a start that has to fail should
/// leave no trace. The listeners themselves open when the node can serve.
struct ListenCheck {
    private let configuration: ServerConfiguration

    init(_ configuration: ServerConfiguration) { self.configuration = configuration }

    func run() throws(StartFailure) {
        try check(configuration.httpHost, configuration.httpPort, .of(\.httpHost), .of(\.httpPort), for: "HTTP")
        try check(configuration.raftHost, configuration.raftPort, .of(\.raftHost), .of(\.raftPort), for: "peers")
    }

    private func check(
        _ host: String?, _ port: Int, _ hostSetting: Setting, _ portSetting: Setting, for use: String
    ) throws(StartFailure) {
        // Without IPv6 a node listens on IPv4 alone.
        guard let found = failure(host ?? "::", port), host != nil || failure("0.0.0.0", port) != nil else { return }
        let (hostName, portName) = (configuration.name(of: hostSetting), configuration.name(of: portSetting))
        let reason: String
        switch found {
        case .lookup(let text): reason = "\(text); correct \(hostName)"
        case .system(EADDRINUSE):
            reason = "the address is in use; stop what listens there, or choose another port (\(portName))"
        case .system(EADDRNOTAVAIL):
            reason = "no interface of this machine has this address; correct \(hostName) or leave it out"
        case .system(EACCES):
            reason = "this user may not use the port; choose one above 1023 (\(portName))"
        case .system(let number):
            reason = "\(String(cString: strerror(number))); check \(hostName) and \(portName)"
        }
        throw StartFailure("cannot listen on \(HostAndPort(host: host ?? "*", port: port)) for \(use): \(reason)")
    }

    private enum Failure {
        case lookup(String)
        case system(CInt)
    }

    /// Why nobody can listen there now; nil if somebody can.
    private func failure(_ host: String, _ port: Int) -> Failure? {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var addresses: UnsafeMutablePointer<addrinfo>?
        let lookup = getaddrinfo(host, String(port), &hints, &addresses)
        guard lookup == 0, let address = addresses?.pointee else {
            return .lookup(lookup == 0 ? "no address" : String(cString: gai_strerror(lookup)))
        }
        defer { freeaddrinfo(addresses) }
        let socket = socket(address.ai_family, address.ai_socktype | O_CLOEXEC, address.ai_protocol)
        guard socket >= 0 else { return .system(errno) }
        defer { close(socket) }
        var isOn: CInt = 1
        // As the listeners do: what is left of former connections does not count.
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<CInt>.size))
        return bind(socket, address.ai_addr, address.ai_addrlen) == 0 ? nil : .system(errno)
    }
}
