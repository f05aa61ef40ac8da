/// Why a text is no value of a setting. Which setting it is, where the text stands and what is allowed is added by
/// `SettingReader`.
struct SettingRejection: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
