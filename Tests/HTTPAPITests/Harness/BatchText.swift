@testable import HTTPAPI

/// Lines of `POST /v1/batch`.
enum BatchText {
    static func put(_ key: String, _ value: String = "v") -> String {
        #"{"put":{"key":"\#(key)","value":"\#(value)"}}"#
    }
}

extension Connection {
    func batch(_ body: String, query: String = "", _ fields: [String] = []) throws -> Answer {
        try request("POST", "/v1/batch\(query)", fields, body: body)
    }
}

extension FakeReplica {
    /// The groups that were submitted.
    var groups: [SubmittedGroup] { submissions.compactMap(\.group) }
}
