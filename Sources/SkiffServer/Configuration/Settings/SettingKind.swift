/// How the values of one kind of setting are written.
struct SettingKind<Value: Sendable>: Sendable {
    /// The form of a value, in words.
    let allowed: String
    /// Whether the default is a good example of what is allowed.
    var showsDefault = false
    /// Returns a value that is in range, or says why the text is none.
    let parse: @Sendable (String) throws(SettingRejection) -> Value
    /// The value as a user would write it.
    let text: @Sendable (Value) -> String
}
