internal import SkiffServer

/// Settings that stand under one title in `--help`.
protocol SettingSection {
    static var settings: [Setting] { get }
}
