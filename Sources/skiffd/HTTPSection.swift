internal import SkiffServer

/// What concerns clients.
enum HTTPSection: SettingSection {
    static let settings = Setting.http
}
