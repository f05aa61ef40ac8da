internal import Bytes

/// Where the value of a setting came from. Earlier cases win over later ones.
package enum SettingSource: Hashable, Sendable {
    case flag
    /// The environment variable of this name.
    case environment(String)
    /// The configuration file at this path.
    case file(String)
    case standard

    /// The setting with its value as the user wrote it, so that an error message can be searched for in a shell
    /// history, a unit file or a configuration file.
    func spelling(of setting: Setting, _ text: String) -> String {
        let text = Self.printable(text)
        return switch self {
        case .flag: "--\(setting.flag) \(text)"
        case .environment(let name): "\(name)=\(text) (environment)"
        case .file(let path): "\(setting.key): \(text) (file \(path))"
        case .standard: "\(setting.key) \(text) (default)"
        }
    }

    /// The text on one line and not longer than a line: control characters are escaped, a long text is cut.
    static func printable(_ text: String) -> String {
        text.isEmpty ? "\"\"" : text.escapedForTerminal(charactersMax: 100)
    }
}
