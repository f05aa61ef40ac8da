internal import SkiffServer

/// What a question for a node's health needs.
enum HealthSection: SettingSection {
    static let settings = Setting.health
}
