internal import ClusterControl
internal import HotPath
internal import KeyValue
internal import NIOCore

/// The bodies of `POST /raft/join` and `POST /raft/remove`.
enum MembershipDocument {
    /// `timeoutMilliseconds` is that of the query; a `timeout` in the document wins over it.
    static func read(
        _ document: ByteBuffer, isJoin: Bool, timeoutMilliseconds: Int?
    ) throws(APIError) -> ControlRequest {
        var fields = Fields()
        var failure: JSONFailure?
        document.withUnsafeReadableBytes { bytes in
            do throws(JSONFailure) {
                try JSONDocument.forEachMember(of: bytes) { fields.take($0, isJoin: isJoin) }
            } catch {
                failure = error
            }
        }
        if let failure = failure ?? fields.failure { throw .invalidJSON(failure) }
        guard !fields.nodeID.isEmpty else { throw .invalidArgument("node_id is empty") }
        let timeout = try fields.timeoutMilliseconds() ?? timeoutMilliseconds
        guard isJoin else {
            var removal = RemoveRequest(nodeID: fields.nodeID)
            removal.force = fields.force
            if let timeout { removal.timeoutMilliseconds = timeout }
            return .remove(removal)
        }
        guard !fields.raftAddress.isEmpty else { throw .invalidArgument("raft_address is empty") }
        var join = JoinRequest(nodeID: fields.nodeID, raftAddress: fields.raftAddress)
        join.httpAddress = fields.httpAddress.isEmpty ? nil : fields.httpAddress
        join.asLearner = try fields.asLearner()
        join.force = fields.force
        join.consent = fields.consent
        join.wait = fields.wait
        if let timeout { join.timeoutMilliseconds = timeout }
        return .join(join)
    }

    private struct Fields {
        var nodeID = ""
        var raftAddress = ""
        var httpAddress = ""
        var role = ""
        var timeout = ""
        var consent = ""
        var force = false
        var wait = true
        var failure: JSONFailure?

        mutating func take(_ member: JSONMember, isJoin: Bool) {
            if member.isNamed("node_id") {
                nodeID = string(member, "node_id") ?? nodeID
            } else if member.isNamed("force") {
                force = bool(member, "force") ?? force
            } else if member.isNamed("timeout") {
                timeout = string(member, "timeout") ?? timeout
            } else if isJoin {
                takeForJoin(member)
            }
        }

        private mutating func takeForJoin(_ member: JSONMember) {
            if member.isNamed("raft_address") {
                raftAddress = string(member, "raft_address") ?? raftAddress
            } else if member.isNamed("http_address") {
                httpAddress = string(member, "http_address") ?? httpAddress
            } else if member.isNamed("consent") {
                consent = string(member, "consent") ?? consent
            } else if member.isNamed("role") {
                role = string(member, "role") ?? role
            } else if member.isNamed("wait") {
                wait = bool(member, "wait") ?? wait
            }
        }

        private mutating func string(_ member: JSONMember, _ field: String) -> String? {
            switch member.kind {
            case .string:
                var decoded: [UInt8] = []
                if !JSONText.appendDecoded(member.stringContent, to: &decoded), failure == nil {
                    failure = .halfOfPair(field: field)
                }
                // The whole document is UTF-8, so nothing is replaced here.
                return String(decoding: decoded, as: UTF8.self)
            case .null:
                return nil
            case .object, .array, .number, .bool:
                if failure == nil { failure = member.typeFailure(expected: "string", field: field) }
                return nil
            }
        }

        private mutating func bool(_ member: JSONMember, _ field: String) -> Bool? {
            switch member.kind {
            case .bool:
                return member.value[0] == UInt8(ascii: "t")
            case .null:
                return nil
            case .object, .array, .number, .string:
                if failure == nil { failure = member.typeFailure(expected: "bool", field: field) }
                return nil
            }
        }

        func asLearner() throws(APIError) -> Bool {
            switch role {
            case "", "voter": return false
            case "learner": return true
            default: throw .invalidArgument("role is voter or learner")
            }
        }

        func timeoutMilliseconds() throws(APIError) -> Int? {
            guard !timeout.isEmpty else { return nil }
            // `withUnsafeBytes` does not say which error it passes on.
            let parsed: Result<UInt64, APIError> = Array(timeout.utf8).withUnsafeBytes { bytes in
                Result { () throws(APIError) in try RequestHead.timeoutMilliseconds(bytes) }
            }
            return Int(min(try parsed.get(), HTTPLimits.controlTimeoutMillisecondsMax))
        }
    }
}
