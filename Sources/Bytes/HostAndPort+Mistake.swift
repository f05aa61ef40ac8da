extension HostAndPort {
    /// Why a text is no address.
    package enum Mistake: Error, Hashable, Sendable {
        case noPort
        /// The port is not a number from 1 to 65535.
        case invalidPort
        /// An IPv6 address that does not stand in brackets, or whose bracket is not closed.
        case noBrackets
        /// A name or an IPv4 address in brackets.
        case needlessBrackets
        case noHost
        case invalidHost
        case invalidIPv4
        case invalidIPv6
        case scheme
        case https
        case path
        case whitespace
        /// A name or a password before an `@`.
        case userInformation
        /// What follows a `?` or a `#` in a URL.
        case query
        /// Several addresses in a list.
        case several
        /// `fe80::…`, which each link of a machine may have, without the link.
        case noZone
        /// The address on which a listener takes every interface.
        case allInterfaces
        /// A multicast or broadcast address.
        case ofMany

        /// For the person who wrote the text.
        package var reason: String {
            switch self {
            case .noPort: "the port is missing"
            case .invalidPort: "the port is not a number from 1 to 65535"
            case .noBrackets: "an IPv6 address stands in brackets, as in [::1]:1111"
            case .needlessBrackets: "only an IPv6 address stands in brackets, as in [::1]:1111"
            case .noHost: "the host is missing"
            case .invalidHost:
                "the host is neither an address nor a name of letters, digits, hyphens and underscores between dots"
            case .invalidIPv4: "the host ends in a number and is not an IPv4 address of four numbers from 0 to 255"
            case .invalidIPv6: "the host has colons and is not an IPv6 address"
            case .scheme: "no scheme, such as http://, stands here"
            case .https: "TLS is not supported yet"
            case .path: "no path stands here"
            case .whitespace: "there is a space or a line break in it"
            case .userInformation: "no user name or password stands here"
            case .query: "no query and no fragment stand here"
            case .several: "one address stands here, without commas"
            case .noZone: "a link-local address needs the interface, as in [fe80::1%eth0]:1111"
            case .allInterfaces:
                "the host means all interfaces of the node that listens and nothing to another node"
            case .ofMany: "the host is an address of many machines, to which nobody can connect"
            }
        }
    }
}
