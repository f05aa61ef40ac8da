/// The object `data` of `/raft/stats`, whose values are all strings.
struct RaftStats: Sendable {
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    let values: [String: String]

    init(_ response: HTTPResponse) throws(Unreadable) {
        guard response.status == 200, let data = response.json["data"] as? [String: String] else {
            throw Unreadable(description: "no statistics in \(response.testDescription)")
        }
        values = data
    }

    subscript(name: String) -> String { values[name] ?? "" }
    var state: String { self["state"] }
    var term: UInt64 { UInt64(self["term"]) ?? 0 }
    var appliedIndex: UInt64 { UInt64(self["applied_index"]) ?? 0 }
    var configuration: String { self["latest_configuration"] }
}
