/// The status codes of raft-sample's routes.
package enum LegacyStatus: String, Hashable, Sendable {
    /// 422 for all that raft-sample could refuse.
    case compat
    /// Those of `/v1`.
    case http
}
