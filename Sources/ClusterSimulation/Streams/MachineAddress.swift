internal import NIOCore
internal import PeerTransport

/// The address of a machine of a simulated cluster, which has no names.
struct MachineAddress: Hashable, CustomStringConvertible {
    private static let prefix = "10.0.0."
    /// Where every process listens for its peers.
    static let port = 7_000

    let machine: Int

    init(_ machine: Int) { self.machine = machine }

    /// Nil if no machine of any cluster has it.
    init?(_ address: PeerAddress) {
        guard address.host.hasPrefix(Self.prefix), let number = Int(address.host.dropFirst(Self.prefix.count)),
            number > 0
        else { return nil }
        machine = number - 1
    }

    var host: String { "\(Self.prefix)\(machine + 1)" }

    /// Of its listener for peers.
    var description: String { "\(host):\(Self.port)" }

    func socketAddress(port: Int) -> SocketAddress {
        do {
            return try SocketAddress(ipAddress: host, port: port)
        } catch {
            preconditionFailure("\(host) is no address: \(error)")
        }
    }
}
