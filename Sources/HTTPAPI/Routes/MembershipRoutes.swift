internal import ClusterControl
internal import HotPath
internal import NIOCore

/// raft-sample's `/raft/join` and `/raft/remove`: rare, so they may cost a task each.
enum MembershipRoutes {
    enum Join: MembershipRoute {
        static var isJoin: Bool { true }
    }

    enum Remove: MembershipRoute {
        static var isJoin: Bool { false }
    }
}
