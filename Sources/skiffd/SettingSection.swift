internal import SkiffServer

/// Settings that stand under one title in `--help`.
protocol SettingSection {
    static var settings: [Setting] { get }
}

enum HTTPSection: SettingSection {
    static let settings = Setting.http
}

enum RaftSection: SettingSection {
    static let settings = Setting.raft
}

enum ProcessSection: SettingSection {
    static let settings = Setting.process
}
