internal import SkiffServer

/// What concerns the cluster and this node's part in it.
enum RaftSection: SettingSection {
    static let settings = Setting.raft
}
