internal import SkiffServer

/// What concerns this process.
enum ProcessSection: SettingSection {
    static let settings = Setting.process
}
