internal import Programs

/// The environment variables that are settings, as they were meant, and warnings about them.
struct SettingEnvironment {
    /// Of the variables that certainly are Skiff's.
    static let prefix = "SKIFF_"
    /// The variable that names the configuration file.
    static let configFileName = "SKIFF_CONFIG"

    private(set) var values: [String: String] = [:]
    private(set) var warnings: [String] = []

    /// Keeps known variables that are not empty. An empty variable counts as unset: that is what a compose file makes
    /// of a variable that nobody defined.
    init(_ variables: [String: String]) {
        let known = Set([Self.configFileName] + Setting.allCases.flatMap(\.environmentNames))
        for (name, text) in variables.sorted(by: { $0.key < $1.key }) {
            guard known.contains(name) else {
                warnAboutMisspelling(of: name, text)
                continue
            }
            let value = withoutQuotes(text, name)
            if !value.isEmpty { values[name] = value }
        }
    }

    /// Compose files in list form (`- RAFT_NODE_ID="node1"`) pass quotes on as part of the value.
    private mutating func withoutQuotes(_ text: String, _ name: String) -> String {
        guard text.count >= 2, let first = text.first, first == text.last, first == "\"" || first == "'" else {
            return text
        }
        let value = String(text.dropFirst().dropLast())
        warnings.append("the quotes around the value of \(name) were removed: write \(name)=\(value)")
        return value
    }

    /// Only names that begin as ours do: an environment is full of strangers.
    private mutating func warnAboutMisspelling(of name: String, _ text: String) {
        guard Self.prefixes.contains(where: name.hasPrefix), SettingSource.environment(name).serviceLink(text) == nil
        else { return }
        guard let meant = NearestName.variable(meantBy: name) else { return }
        warnings.append("\(name) is not a setting and was ignored: did you mean \(meant)?")
    }

    /// The beginnings of all variables that are settings.
    private static let prefixes: Set<String> = Set(
        Setting.allCases.flatMap(\.environmentNames).compactMap { name in
            name.firstIndex(of: "_").map { String(name[...$0]) }
        })
}
