/// A configuration that cannot be run. The description is one line: what was set, where, what is wrong with it and what
/// is allowed.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The configuration file cannot be read or is not YAML.
        case unreadableFile
        /// The configuration file has a key that is no setting.
        case unknownKey
        /// The value of one setting is not allowed.
        case invalidValue
        /// Two settings are allowed alone and not together.
        case contradiction
    }

    package let code: Code
    /// The setting at fault; nil for errors of the file as a whole.
    package let setting: Setting?
    package let message: String

    package init(_ code: Code, setting: Setting? = nil, _ message: String) {
        self.code = code
        self.setting = setting
        self.message = message
    }

    package var description: String { message }
}
