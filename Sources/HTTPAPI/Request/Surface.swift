internal import KeyValue

/// Which promises an answer keeps.
enum Surface {
    case v1
    /// Those of raft-sample.
    case legacy
}
