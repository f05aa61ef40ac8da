internal import Bytes
internal import ClusterControl

/// What can be said about a request without looking at the cluster. Any node says it before it looks for a leader.
extension ControlRequest {
    /// The longest name in bytes, as for a node id.
    static var nameBytesMax: Int { NodeIDFlaw.bytesMax }

    /// The request with its addresses in the form that all nodes keep.
    func checked() throws(ControlFailure) -> ControlRequest {
        switch self {
        case .join(var join):
            try Self.check(name: join.nodeID)
            join.raftAddress = try Self.address("raft_address", join.raftAddress, HostAndPort.init(reachable:))
            if let address = join.httpAddress {
                join.httpAddress = try Self.address("http_address", address, HostAndPort.init(reachableHTTP:))
            }
            return .join(join)
        case .remove(let removal):
            try Self.check(name: removal.nodeID)
            return self
        case .compare: return self
        }
    }

    private static func check(name: String) throws(ControlFailure) {
        guard !name.isEmpty, name.utf8.count <= nameBytesMax else {
            throw .refused(.invalidArgument, "node_id has \(name.utf8.count) bytes; a name has 1 to \(nameBytesMax)")
        }
        guard !name.unicodeScalars.contains(where: \.isInvisible) else {
            throw .refused(.invalidArgument, "node_id has a control character or a line break")
        }
    }

    private static func address(
        _ field: String, _ text: String, _ parse: (String) throws(HostAndPort.Mistake) -> HostAndPort
    ) throws(ControlFailure) -> String {
        do throws(HostAndPort.Mistake) {
            return try parse(text).description
        } catch {
            throw .refused(
                .invalidArgument,
                "\(field) \"\(text.escapedForLog(charactersMax: 256))\" is no address that other nodes can connect to: "
                    + "\(error.reason)")
        }
    }
}

extension Unicode.Scalar {
    /// Control characters, line separators and what only formats a text.
    fileprivate var isInvisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
