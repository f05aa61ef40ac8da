/// The column families of a node's database.
package enum StoreFamily: Int, CaseIterable, Sendable {
    case log, metadata, keyValue

    /// As the database on disk names it.
    package var name: String {
        switch self {
        case .log: "raft_log"
        case .metadata: "raft_meta"
        case .keyValue: "kv"
        }
    }
}
